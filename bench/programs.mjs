// @ts-check
/** The built programs, and guests that are waited for. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { spawn } from '../js/node/index.js';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

/** @param {string} name @param {'native' | 'wasm32-wasip1'} [target] */
export function program(name, target = 'wasm32-wasip1') {
  const path = join(ROOT, 'build', target, 'bench', `bench_${name}${target === 'native' ? '' : '.wasm'}`);
  if (!existsSync(path)) throw new Error(`${path} is not built`);
  return path;
}

/**
 * What a native program prints.
 * @param {string} name
 * @param {(string | number)[]} args
 */
export async function native(name, ...args) {
  return (await run(program(name, 'native'), args.map(String), { maxBuffer: 1 << 26 })).stdout;
}

/**
 * What a guest prints that ends by itself.
 * @param {string} name
 * @param {(string | number)[]} args
 * @param {Partial<import('../js/node/spawn.js').SpawnOptions>} [options]
 */
export async function wasm(name, args, options) {
  const child = start(name, args, options);
  const { code } = await child.process.exited;
  if (code !== 0) throw new Error(`bench_${name} ended with ${code}: ${child.output}`);
  return child.output;
}

/**
 * Starts a guest; `ready` is the number that it prints after "ready".
 * @param {string} name
 * @param {(string | number)[]} args
 * @param {Partial<import('../js/node/spawn.js').SpawnOptions>} [options]
 */
export function start(name, args, options) {
  const child = {
    process: spawn(program(name), { args: args.map(String), stdin: 'ignore', stdout: 'pipe', ...options }),
    output: '',
    ready: Promise.resolve(0),
  };
  child.ready = new Promise((resolve, reject) => {
    child.process.stdout?.on('data', (/** @type {Buffer} */ chunk) => {
      child.output += chunk;
      const match = /^ready (\d+)\n/.exec(child.output);
      if (match) resolve(Number(match[1]));
    });
    child.process.exited.then(
      (exit) => reject(new Error(`bench_${name} ended early: ${JSON.stringify(exit)}`)),
      reject,
    );
  });
  child.ready.catch(() => {});
  return child;
}

/** @param {string} text one number a line */
export function numbers(text) {
  return text
    .split('\n')
    .filter((line) => /^-?[\d.]+$/.test(line))
    .map(Number);
}
