// @ts-check
// Child processes of the test run: each leads a process group, so that a time limit, or the end of the run, ends all of it.

import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/** Output that is kept of one program; what is longer loses its middle. */
const MOST_OUTPUT = 64 << 20;

/**
 * @typedef {object} Outcome
 * @property {number} code        128 + number where a signal ended it
 * @property {string | null} signal
 * @property {boolean} late       it was ended by the time limit
 * @property {string} stdout
 * @property {string} stderr
 * @property {number} seconds
 */

/**
 * Runs a program to its end, without standard input. Never throws for what the program does.
 * @param {string[]} command
 * @param {{limit: number, cwd?: string, env?: NodeJS.ProcessEnv, background?: boolean}} options
 *   `limit` in seconds; `background`: it leaves the processors to programs that measure time
 * @returns {Promise<Outcome>}
 */
export function run([program, ...args], { limit, cwd, env, background = false }) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(program, args, {
      cwd,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    let late = false;
    if (child.pid !== undefined) {
      running.add(child);
      if (background) yieldTo(child.pid);
    }
    const timer = setTimeout(() => {
      late = true;
      end(child, 'SIGKILL');
    }, limit * 1000);
    /** @param {number} code @param {NodeJS.Signals | null} signal @param {string} [problem] */
    const finish = (code, signal, problem = '') => {
      clearTimeout(timer);
      running.delete(child);
      resolve({
        code,
        signal,
        late,
        stdout: stdout(),
        stderr: stderr() + problem,
        seconds: (performance.now() - started) / 1000,
      });
    };
    child.on('error', (error) => finish(127, null, `cannot start ${program}: ${error.message}`));
    child.on('exit', () => {
      // What it left behind in its group could hold the pipes open for ever.
      setTimeout(() => end(child, 'SIGKILL'), 2000).unref();
    });
    child.on('close', (code, signal) => {
      end(child, 'SIGKILL');
      finish(code ?? 128 + (signal ? constants.signals[signal] : 0), signal);
    });
  });
}

/** Ends everything that runs. @param {NodeJS.Signals} signal */
export function endAll(signal) {
  for (const child of running) end(child, signal);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function end(child, signal) {
  try {
    process.kill(-(/** @type {number} */ (child.pid)), signal);
  } catch {
    // Nobody of the group is left.
  }
}

/**
 * Only a little: where the kernel gives each session its own share (autogroup), this counts for nothing and the shares are fair anyway; and on a
 * machine that others use, the lowest priority would never come to its turn.
 * @param {number} pid
 */
function yieldTo(pid) {
  try {
    setPriority(pid, 5);
  } catch {
    // It has ended already.
  }
}

/** @param {import('node:stream').Readable} stream */
function collect(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    if (text.length > MOST_OUTPUT) text = `${text.slice(0, MOST_OUTPUT / 4)}\n[...]\n${text.slice(-MOST_OUTPUT / 4)}`;
  });
  return () => text;
}
