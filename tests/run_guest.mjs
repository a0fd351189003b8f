#!/usr/bin/env node
// Runs one wasm test program under the project's own host, as the programs of tests/CMakeLists.txt are started: FILE [ARGUMENT ...].
// A WASI program has an empty folder as its current one; an Emscripten program has files in memory.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '../js/node/index.js';

const [file, ...args] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'wasmsig-test-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
/** @type {Record<string, string>} */
const dirs = file.endsWith('.wasm') ? { '.': folder } : {};
const { code, signal } = await spawn(file, { args, dirs }).exited;
if (signal) console.error(`${file}: killed by ${signal}`);
process.exitCode = code ?? 1;
