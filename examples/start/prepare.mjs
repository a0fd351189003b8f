// @ts-check
// Sets up and builds the programs of `npm start`. Without anything to do it takes a moment.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setup } from '../../toolchains/setup.mjs';

const PRESET = 'wasm32-wasip1';
const LIMIT_S = 900;

/** @typedef {{cli: string, lua: string, luaScript: string, c: string}} Programs */

/**
 * @param {string} root
 * @param {string[]} [sdks]  components of toolchains/setup.mjs that are needed besides
 * @returns {Promise<Programs | undefined>} undefined: what is wrong was said
 */
export async function prepare(root, sdks = []) {
  const began = performance.now();
  try {
    const { native } = await setup({ only: ['native', 'clang', 'catch2', 'lua', 'wasi', ...sdks] });
    if (native?.generator) process.env.CMAKE_GENERATOR ??= native.generator;
  } catch (error) {
    console.error(`start: ${/** @type {Error} */ (error).message}`);
    return undefined;
  }
  const folder = join(root, 'build', PRESET);
  const programs = {
    cli: join(root, 'js/cli/main.js'),
    lua: join(folder, 'examples/lua/lua.wasm'),
    luaScript: join(root, 'examples/lua/alarm_open.lua'),
    c: join(folder, 'examples/c/alarm_open.wasm'),
  };
  const fresh = !existsSync(programs.lua);
  if (fresh) console.error('start: building Lua for WebAssembly');
  const steps = [['cmake', '--build', '--preset', PRESET, '--target', 'lua', 'alarm_open']];
  if (fresh) steps.unshift(['cmake', '--preset', PRESET]);
  for (const step of steps) {
    const { code, output } = await run(step, root);
    if (code === 0) continue;
    console.error(`start: ${step.join(' ')} failed:\n${output.trimEnd().split('\n').slice(-20).join('\n')}`);
    return undefined;
  }
  const seconds = (performance.now() - began) / 1000;
  if (seconds > 3) console.error(`start: everything is there (${seconds.toFixed(1)} s)`);
  return programs;
}

/**
 * @param {string[]} command
 * @param {string} cwd
 * @returns {Promise<{code: number, output: string}>}
 */
function run([program, ...args], cwd) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_S * 1000 });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
