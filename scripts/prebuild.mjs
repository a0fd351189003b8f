#!/usr/bin/env node
// @ts-check
/**
 * Makes dist/, which the npm package holds and git does not: dist/TARGET with the libraries and headers of each wasm target, as
 * `cmake --install` lays them out, and dist/types with the type declarations. Building WASI's also makes js/signal_module/signal_wasm.js
 * and js/instrument/rewriter_wasm.js.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setup } from '../toolchains/setup.mjs';
import { TARGETS } from '../js/cli/prebuilt.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DIST = join(ROOT, 'dist');

const HELP = `Usage: npm run prebuild [-- --only PART[,PART]]

Makes dist/, the compiled part of the npm package. SDKs that are missing are set up as by npm test.

  --only PART[,PART]        ${TARGETS.join(', ')}, types
  --help`;

const PARTS = [...TARGETS, 'types'];

/** @param {string[]} args */
async function main(args) {
  const { values } = parseArgs({ args, options: { only: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) return console.log(HELP);
  const parts = values.only?.split(',') ?? PARTS;
  const unknown = parts.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) throw new Error(`unknown part "${unknown}": the parts are ${PARTS.join(', ')}`);

  const emscripten = parts.some((part) => part.startsWith('wasm32-emscripten'));
  const { native } = await setup({
    only: ['native', ...(emscripten ? ['emscripten'] : []), ...(parts.includes('wasm32-wasip1') ? ['wasi'] : [])],
  });
  if (native) process.env.CMAKE_GENERATOR ??= native.generator;
  for (const target of TARGETS) if (parts.includes(target)) prebuild(target);
  if (parts.includes('types')) declare();
}

/** @param {string} target */
function prebuild(target) {
  const build = join(ROOT, 'build/prebuild', target);
  run('cmake', '--preset', target, '-B', build, '-DWASMSIG_BUILD_TESTS=OFF', '-DWASMSIG_BUILD_EXAMPLES=OFF');
  run('cmake', '--build', build, '--parallel');
  replace(target, (folder) => run('cmake', '--install', build, '--prefix', folder));
}

function declare() {
  replace('types', (folder) =>
    run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', folder),
  );
}

/**
 * Makes a folder of dist/ beside the old one, which stays if that fails.
 * @param {string} name
 * @param {(folder: string) => void} make
 */
function replace(name, make) {
  const folder = join(DIST, name);
  const made = `${folder}.making`;
  mkdirSync(DIST, { recursive: true });
  rmSync(made, { recursive: true, force: true });
  make(made);
  rmSync(folder, { recursive: true, force: true });
  renameSync(made, folder);
}

/**
 * Runs a program that must succeed. What it says is shown only when it does not.
 * @param {string} program
 * @param {string[]} args
 */
function run(program, ...args) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit status ${status}\n${stdout}${stderr}`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`prebuild: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
