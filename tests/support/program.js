// @ts-check
// Programs that tests start and watch: with pipes, or on a pseudo-terminal. Nothing here waits for a time: it waits for what is printed.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const CLI = join(ROOT, 'js/cli/main.js');

/** Far more than anything here takes: what hangs fails, and does not block the run. */
export const LIMIT = { timeout: 60_000 };
const PATIENCE = 20_000;

/** A guest of tests/guests as a preset built it. @param {string} name @param {string} [preset] */
export function guest(name, preset = 'wasm32-wasip1') {
  return built(preset, 'guests', name);
}

/** @param {string} preset @param {string} folder @param {string} name */
export function built(preset, folder, name) {
  const file = join(ROOT, 'build', preset, folder, `${name}.${preset.includes('emscripten') ? 'mjs' : 'wasm'}`);
  if (!existsSync(file)) throw new Error(`${file} is not built: run npm test, or cmake --workflow --preset ${preset}`);
  return file;
}

/** @typedef {{code: number | null, signal: NodeJS.Signals | null}} End */

export class Watched {
  /** @type {import('node:child_process').ChildProcess} */ child;
  out = '';
  err = '';
  #seen = 0;
  /** @type {Set<() => void>} */ #looking = new Set();
  /** @type {End | undefined} */ end;
  /** @type {Promise<End>} */ ended;

  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    this.child = child;
    const look = () => this.look();
    child.stdout?.setEncoding('utf8').on('data', (text) => ((this.out += text), look()));
    child.stderr?.setEncoding('utf8').on('data', (text) => ((this.err += text), look()));
    child.stdin?.on('error', () => {}); // it ended before it read everything
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.end = { code, signal };
        look();
        resolve(this.end);
      });
    });
  }

  get pid() {
    return /** @type {number} */ (this.child.pid);
  }

  look() {
    for (const one of this.#looking) one();
  }

  /**
   * Waits until something is true of the program; looks again whenever it prints or ends.
   * @template T
   * @param {() => T | undefined | null | false} condition
   * @param {string} what for the error
   * @param {number} [patience]
   * @returns {Promise<T>}
   */
  until(condition, what, patience = PATIENCE) {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#looking.delete(look);
      };
      const fail = (/** @type {string} */ why) => {
        stop();
        reject(
          new Error(
            `${why}, still without ${what}\n  printed: ${JSON.stringify(this.out.slice(-2000))}\n  errors: ${JSON.stringify(this.err.slice(-2000))}`,
          ),
        );
      };
      const look = () => {
        const found = condition();
        if (found) {
          stop();
          resolve(found);
        } else if (this.end) {
          fail(`ended with ${JSON.stringify(this.end)}`);
        }
      };
      const timer = setTimeout(() => fail(`${patience} ms have passed`), patience);
      this.#looking.add(look);
      look();
    });
  }

  /**
   * Waits for a text behind the one that was expected last.
   * @param {string | RegExp} text
   * @param {number} [patience] milliseconds
   * @returns {Promise<string>} what matched
   */
  expect(text, patience) {
    return this.until(
      () => {
        const rest = this.out.slice(this.#seen);
        const match =
          typeof text === 'string'
            ? rest.includes(text)
              ? { index: rest.indexOf(text), 0: text }
              : null
            : text.exec(rest);
        if (!match) return null;
        this.#seen += match.index + match[0].length;
        return match[0];
      },
      String(text),
      patience,
    );
  }

  /** What came since the text that was expected last. */
  get rest() {
    return this.out.slice(this.#seen);
  }

  /** @param {string} text */
  type(text) {
    this.child.stdin?.write(text);
  }

  /** @param {NodeJS.Signals} signal */
  kill(signal) {
    process.kill(this.pid, signal);
  }

  /** Ends it, whatever state it is in. */
  async close() {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

/**
 * What a program says in a conversation, at the end of which its input ends.
 * @param {string[]} command
 * @param {(program: Watched) => Promise<unknown>} talk
 */
export async function converse(command, talk) {
  const program = start(command);
  try {
    await talk(program);
    program.child.stdin?.end();
    const end = await program.ended;
    return { ...end, out: program.out, err: program.err };
  } finally {
    await program.close();
  }
}

/**
 * Starts a program with pipes.
 * @param {string[]} command
 * @param {{input?: string, env?: NodeJS.ProcessEnv, cwd?: string}} [options] `input`: all it will get
 */
export function start([program, ...args], { input, env, cwd } = {}) {
  const watched = new Watched(spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: env ?? process.env, cwd }));
  if (input !== undefined) watched.child.stdin?.end(input);
  return watched;
}

/** Starts `wasmsig`. @param {string[]} args @param {{input?: string, env?: NodeJS.ProcessEnv, cwd?: string}} [options] */
export function wasmsig(args, options) {
  return start([process.execPath, CLI, ...args], options);
}

/**
 * What a shell with job control does: a process group of its own, which its parent in the same session could continue. In an orphaned one, as that of a test without a terminal may
 * be, SIGTSTP stops nobody.
 */
export const OWN_GROUP = ['perl', '-e', 'setpgrp; exec @ARGV', '--'];

/** Runs `wasmsig` to its end. @param {string[]} args @param {{input?: string, env?: NodeJS.ProcessEnv, cwd?: string}} [options] */
export async function wasmsigResult(args, options) {
  const watched = wasmsig(args, { input: '', ...options });
  const timer = setTimeout(() => watched.child.kill('SIGKILL'), PATIENCE);
  const end = await watched.ended;
  clearTimeout(timer);
  return { ...end, out: watched.out, err: watched.err };
}

/** The state letter of a process: R, S, T for stopped ... @param {number} pid */
export function stateOf(pid) {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

/** Looks again and again, for what tells nobody that it happened. @param {() => unknown} condition @param {string} what @param {number} [patience] */
export async function eventually(condition, what, patience = PATIENCE) {
  const end = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${patience} ms have passed, still without ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Processor time that a process has used, in clock ticks of 10 ms. @param {number} pid */
function ticks(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Waits until a process computes: something sent now interrupts a computation. @param {number} pid */
export async function busy(pid) {
  const before = ticks(pid);
  await eventually(() => ticks(pid) - before >= 20, `process ${pid} computing`);
}

/**
 * Waits until no thread of a process wants a processor, several times in a row: a program that was busy before it blocked is now in the
 * blocking call. Of this process itself the main thread does not count: it is looking.
 * @param {number} pid
 */
export async function quiet(pid) {
  let calm = 0;
  await eventually(() => {
    calm = threads(pid).includes('R') ? 0 : calm + 1;
    return calm >= 8;
  }, `process ${pid} waiting`);
}

/** @param {number} pid */
function threads(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .filter((id) => Number(id) !== process.pid)
    .map((id) => {
      try {
        return /\) (\w)/.exec(readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8'))?.[1] ?? '';
      } catch {
        return '';
      }
    })
    .join('');
}
