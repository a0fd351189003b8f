// Child processes of the set-up: started asynchronously (the lock's heartbeat must go on), and ended with it.

import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

import { SetupError } from './progress.mjs';

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();

/**
 * Ends every child that still runs. Called when the set-up itself is told to end.
 * @returns {void}
 */
export function killChildren() {
  for (const child of children) {
    try {
      // Each child leads a process group of its own: cmake's compilers and the ends of a pipe go with it.
      process.kill(-(/** @type {number} */ (child.pid)), 'SIGTERM');
    } catch {
      // It ended in between.
    }
  }
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {Record<string, string | undefined>} [env] added to this process's environment; undefined removes a variable
 * @property {string} [what] what is being done, for the error's text
 * @property {number} [limit] seconds, after which the program and its children are killed
 */

/**
 * Runs a program and collects its output.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
export function tryRun(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8', ...options.env };
    const child = spawn(program, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    children.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    const late =
      options.limit &&
      setTimeout(() => {
        stderr += `\nnot finished after ${options.limit} s`;
        process.kill(-(/** @type {number} */ (child.pid)), 'SIGKILL');
      }, options.limit * 1000);
    child.on('error', (error) => {
      children.delete(child);
      reject(new SetupError(`cannot start ${program}: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      children.delete(child);
      clearTimeout(late || undefined);
      resolve({ code: code ?? 1, stdout, stderr: signal ? `${stderr}\nkilled by ${signal}` : stderr });
    });
  });
}

/**
 * Runs a program that must succeed.
 * @param {string} program
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} its standard output
 */
export async function run(program, args, options = {}) {
  const { code, stdout, stderr } = await tryRun(program, args, options);
  if (code !== 0) {
    const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-15).join('\n    ');
    throw new SetupError(`${options.what ?? program} failed (exit ${code}):\n    ${tail}`);
  }
  return stdout;
}

/**
 * Runs a shell script given as text, with its arguments as "$1", "$2" ... (never pasted into the text).
 * @param {string} script
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>}
 */
export function sh(script, args, options = {}) {
  return run('/bin/sh', ['-euc', script, 'sh', ...args], options);
}

/**
 * Finds a program like a shell does, without starting one: a warm set-up has to be quick.
 * @param {string} name
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined} its absolute path
 */
export function which(name, env = process.env) {
  const folders = isAbsolute(name) ? [''] : (env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const folder of folders) {
    const file = folder ? join(folder, name) : name;
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here.
    }
  }
  return undefined;
}
