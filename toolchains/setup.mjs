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
import * as fuzzer from './sdk/fuzzer.mjs';
import * as lint from './sdk/lint.mjs';
import * as lua from './sdk/lua.mjs';
import * as native from './sdk/native.mjs';
import * as node24 from './sdk/node24.mjs';
import * as npm from './sdk/npm.mjs';
import * as packages from './sdk/packages.mjs';
import * as pkgconf from './sdk/pkgconf.mjs';
import * as posixtestsuite from './sdk/posixtestsuite.mjs';
import * as rust from './sdk/rust.mjs';
import * as spec from './sdk/spec.mjs';
import * as spin from './sdk/spin.mjs';
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
 * @property {import('./sdk/pkgconf.mjs').Pkgconf} [pkgconf]
 * @property {import('./sdk/chromium.mjs').Chromium} [chromium]
 * @property {import('./sdk/node24.mjs').Node24} [node24]
 * @property {import('./sdk/spec.mjs').Spec} [spec]
 * @property {import('./sdk/posixtestsuite.mjs').Posixtestsuite} [posixtestsuite]
 * @property {import('./sdk/spin.mjs').Spin} [spin]
 * @property {import('./sdk/lint.mjs').Lint} [lint]
 * @property {import('./sdk/fuzzer.mjs').Fuzzer} [fuzzer]
 * @property {import('./sdk/rust.mjs').Rust} [rust]
 * @property {import('./sdk/packages.mjs').Packages} [packages]
 */

/**
 * @typedef {object} Component one file of sdk/
 * @property {string} name
 * @property {boolean} [optional] made only for who names it
 * @property {(env: NodeJS.ProcessEnv) => string[]} [needs] components that must be there first
 * @property {(context: Context) => any} locate finds it without starting a program, or returns undefined; throws when the user's own is unusable
 * @property {(context: Context) => Promise<void>} make
 * @property {(found: any) => Record<string, string>} cmakeVariables
 */

/** @type {Component[]} in the order in which they are made */
const components = [
  native,
  npm,
  pkgconf,
  clang,
  catch2,
  lua,
  emscripten,
  wasi,
  windows,
  cpython,
  chromium,
  node24,
  spin,
  spec,
  posixtestsuite,
  lint,
  fuzzer,
  rust,
  packages,
];

/** The names that `only` may contain. */
export const componentNames = components.map((component) => component.name);

const usual = components.filter((component) => !component.optional).map((component) => component.name);

export { SetupError };

/**
 * Finds the SDKs and makes what is missing. Quick when everything is there: then it only looks at files, and takes no lock.
 * @param {{ only?: string[], quiet?: boolean, env?: NodeJS.ProcessEnv, source?: string }} [options] `only` names the components, default all that are not optional
 * @returns {Promise<Sdks>}
 * @throws {SetupError} with one line that names what to install or which variable to set
 */
export async function setup({ only, quiet = false, env = process.env, source = defaultSource } = {}) {
  const unknown = (only ?? []).filter((name) => !componentNames.includes(name));
  if (unknown.length)
    throw new SetupError(`unknown component "${unknown[0]}": the components are ${componentNames.join(', ')}`);
  const context = { source, cache: cacheFolder(env), env, progress: createProgress({ quiet }) };
  const wanted = withNeeds(only ?? usual, env);
  let found = locateAll(wanted, context);
  if (wanted.some((component) => found[component.name] === undefined)) {
    found = await withLock(context, () => makeMissing(wanted, context));
  }
  const cmakeFile = await publish(wanted, found, context);
  return /** @type {Sdks} */ ({ cache: context.cache, cmakeFile, ...found });
}

/**
 * @param {string[]} names
 * @param {NodeJS.ProcessEnv} env
 * @returns {Component[]}
 */
function withNeeds(names, env) {
  const all = new Set(names);
  for (const component of components) {
    if (all.has(component.name)) for (const need of component.needs?.(env) ?? []) all.add(need);
  }
  // Whoever brings both wasm SDKs needs no compiler of ours.
  if (names === usual && ![wasi, emscripten].some((component) => component.needs(env).length)) all.delete('clang');
  return components.filter((component) => all.has(component.name));
}

/**
 * @param {Component[]} wanted
 * @param {Context} context
 * @returns {Record<string, any>}
 */
function locateAll(wanted, context) {
  return Object.fromEntries(wanted.map((component) => [component.name, component.locate(context)]));
}

/**
 * @param {Component[]} wanted
 * @param {Context} context
 * @returns {Promise<Record<string, any>>}
 */
async function makeMissing(wanted, context) {
  const started = Date.now();
  /** @type {Record<string, any>} */
  const found = {};
  for (const component of wanted) {
    // Another set-up may have made it while this one waited for the lock.
    found[component.name] = component.locate(context);
    if (found[component.name] !== undefined) continue;
    await component.make(context);
    found[component.name] = component.locate(context);
    if (found[component.name] === undefined)
      throw new SetupError(`${component.name}: set up, and still not found: is PATH unusual? (${process.env.PATH})`);
    // At once, so that who waits for this component can go on while the next one is made.
    publishFiles([component], found, context);
  }
  context.progress.done('set-up', `finished in ${context.cache}`, (Date.now() - started) / 1000);
  return found;
}

/**
 * Holds the lock while `work` runs, and gives it back when the process is told to end, too.
 * @template T
 * @param {Context} context
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withLock(context, work) {
  const release = await acquireLock(context.cache, (pid) =>
    context.progress.step('set-up', `waiting for another set-up (pid ${pid})`),
  );
  const signals = /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  const end = (/** @type {NodeJS.Signals} */ signal) => {
    killChildren();
    release();
    for (const each of signals) process.off(each, end);
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, end);
  try {
    removeUnfinished(context.cache);
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, end);
    release();
  }
}

/**
 * What an interrupted set-up left; only who holds the lock may do this. Partial downloads stay, they are resumed.
 * @param {string} cache
 */
function removeUnfinished(cache) {
  const folder = join(cache, 'sdk');
  const left = existsSync(folder) ? readdirSync(folder).filter((entry) => entry.endsWith('.making')) : [];
  for (const entry of left) {
    try {
      rmSync(join(folder, entry), { recursive: true, force: true });
    } catch {
      // An orphaned child still writes there; the next set-up removes it.
    }
  }
}

/**
 * @param {Component[]} wanted
 * @param {Record<string, any>} found
 * @param {Context} context
 * @returns {Promise<string>}
 */
async function publish(wanted, found, context) {
  if (pending(wanted, found, context).length) await withLock(context, async () => publishFiles(wanted, found, context));
  return join(context.cache, 'sdks.cmake');
}

/**
 * @param {Component[]} wanted
 * @param {Record<string, any>} found
 * @param {Context} context
 * @returns {{ path: string, text: string }[]} the files whose text is not yet what it has to be
 */
function pending(wanted, found, context) {
  const files = wanted.map((component) => {
    const variables = Object.entries(component.cmakeVariables(found[component.name]));
    const text = variables.map(([key, value]) => `set(WASMSIG_SDK_${key} [==[${value}]==])\n`).join('');
    return { path: join(context.cache, 'cmake', `${component.name}.cmake`), text };
  });
  files.push({
    path: join(context.cache, 'sdks.cmake'),
    text: readFileSync(new URL('./cmake/sdks.cmake', import.meta.url), 'utf8'),
  });
  return files.filter(({ path, text }) => readText(path) !== text);
}

/**
 * @param {Component[]} wanted
 * @param {Record<string, any>} found
 * @param {Context} context
 */
function publishFiles(wanted, found, context) {
  for (const { path, text } of pending(wanted, found, context)) writeAtomically(path, text);
}

const defaultSource = dirname(dirname(fileURLToPath(import.meta.url)));

const help = `Usage: node toolchains/setup.mjs [--only NAME,...] [--json] [--quiet] [--help]

Finds the SDKs that wasmsig is built with, and makes the missing ones from Debian's packages.

  --only NAME,...  these components only: ${componentNames.join(', ')}
  --json           print where everything is, as JSON
  --quiet          no progress lines
  --help           this text

Variables: WASMSIG_CACHE (where SDKs are made), EMSDK, WASI_SDK_PATH, CATCH2_SRC, LUA_SRC, SPEC_TESTS, POSIXTESTSUITE (your own SDKs and sources), CHROMIUM (your own browser), NODE24 (your own Node), RUSTC.
`;

/** @param {string[]} argv */
async function main(argv) {
  /** @type {{ only?: string, json?: boolean, quiet?: boolean, help?: boolean }} */
  let values;
  try {
    const flag = /** @type {const} */ ({ type: 'boolean' });
    ({ values } = parseArgs({
      args: argv,
      options: { only: { type: 'string' }, json: flag, quiet: flag, help: flag },
    }));
  } catch (error) {
    process.stderr.write(`setup: ${/** @type {Error} */ (error).message.split('\n')[0]}\n`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  try {
    const only = values.only
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const sdks = await setup({ only, quiet: values.quiet });
    process.stdout.write(values.json ? `${JSON.stringify(sdks, null, 2)}\n` : summary(sdks));
    return 0;
  } catch (error) {
    // A full disk or a missing right is the user's to mend as well; anything else is a mistake here and shows its stack.
    const { syscall, message } = /** @type {NodeJS.ErrnoException} */ (error);
    if (!(error instanceof SetupError) && !syscall) throw error;
    process.stderr.write(`setup: ${message}\n`);
    return 1;
  }
}

/** @param {Sdks} sdks */
function summary(sdks) {
  const rows = [
    ['native', sdks.native?.cxx],
    ['npm', sdks.npm?.nodeModules],
    ['clang', sdks.clang?.clang],
    ['catch2', sdks.catch2 && `${sdks.catch2.version}  ${sdks.catch2.folder}`],
    ['lua', sdks.lua && `${sdks.lua.version}  ${sdks.lua.src}`],
    ['emscripten', sdks.emscripten && `${sdks.emscripten.version}  ${sdks.emscripten.root}`],
    ['wasi', sdks.wasi && `${sdks.wasi.sysroot}${sdks.wasi.exceptions ? '' : '  (libc++ without exceptions)'}`],
    ['chromium', sdks.chromium?.executable],
    ['node24', sdks.node24?.executable],
    ['spec', sdks.spec?.folder],
    ['posixtestsuite', sdks.posixtestsuite?.folder],
    ['windows', sdks.windows && `${sdks.windows.cxx}  ${sdks.windows.prefix}`],
    ['cpython', sdks.cpython?.python],
    ['rust', sdks.rust?.rustc],
    ['packages', sdks.packages?.folder],
  ];
  return rows
    .filter(([, text]) => text)
    .map(([name, text]) => `${String(name).padEnd(10)} ${text}\n`)
    .join('');
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  process.exitCode = await main(process.argv.slice(2));
