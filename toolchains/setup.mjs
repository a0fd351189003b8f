#!/usr/bin/env node
// Finds every SDK that the project is built with, and makes those that are missing from Debian's packages.
// As a program it prints where they are; as a module it returns that. See README.md beside this file.

import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { cacheFolder, readText, writeAtomically } from './lib/cache.mjs';
import { acquireLock } from './lib/lock.mjs';
import { createProgress, SetupError } from './lib/progress.mjs';
import { killChildren } from './lib/run.mjs';
import * as catch2 from './sdk/catch2.mjs';
import * as chromium from './sdk/chromium.mjs';
import * as clang from './sdk/clang.mjs';
import * as cpython from './sdk/cpython.mjs';
import * as emscripten from './sdk/emscripten.mjs';
import * as lua from './sdk/lua.mjs';
import * as native from './sdk/native.mjs';
import * as npm from './sdk/npm.mjs';
import * as pkgconf from './sdk/pkgconf.mjs';
import * as wasi from './sdk/wasi.mjs';
import * as windows from './sdk/windows.mjs';

/**
 * @typedef {object} Context what every component is given
 * @property {string} source the project's root folder
 * @property {string} cache the cache folder
 * @property {NodeJS.ProcessEnv} env
 * @property {import('./lib/progress.mjs').Progress} progress
 */

/**
 * @typedef {object} Sdks where everything is; a component that was not asked for is undefined
 * @property {string} cache
 * @property {string} cmakeFile what the CMake toolchain files read
 * @property {import('./sdk/native.mjs').Native} [native]
 * @property {import('./sdk/npm.mjs').Npm} [npm]
 * @property {import('./sdk/clang.mjs').Clang} [clang]
 * @property {import('./sdk/wasi.mjs').Wasi} [wasi]
 * @property {import('./sdk/emscripten.mjs').Emscripten} [emscripten]
 * @property {import('./sdk/windows.mjs').Windows} [windows]
 * @property {import('./sdk/cpython.mjs').Cpython} [cpython]
 * @property {import('./sdk/catch2.mjs').Catch2} [catch2]
 * @property {import('./sdk/lua.mjs').Lua} [lua]
const components = [native, npm, clang, catch2, lua, emscripten, wasi, windows, cpython, chromium];
