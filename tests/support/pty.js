// @ts-check
// A program on a pseudo-terminal: `type` what a person types, `expect` what the person sees. support/pty.c does the work.

import { spawn } from 'node:child_process';
import { compiled } from './compiled.js';
import { CLI, Watched } from './program.js';

export const INTERRUPT = '\x03';
export const SUSPEND = '\x1a';
export const QUIT = '\x1c';
export const END_OF_FILE = '\x04';

export class Terminal extends Watched {
  /** What became of the command, a line each: see pty.c. */
  news = '';

  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    super(child);
    /** @type {import('node:stream').Readable} */ (child.stdio[3]).setEncoding('utf8').on('data', (text) => {
      this.news += text;
      this.look();
    });
  }

  /** The command's own process id. */
  async commandPid() {
    return Number(await this.until(() => /started (\d+)/.exec(this.news)?.[1], 'its start'));
  }

  /** Waits for "stopped 19", "continued", "exited 0", "signaled 15". @param {string} text @param {number} [patience] */
  happens(text, patience) {
    return this.until(() => this.news.split('\n').slice(0, -1).includes(text), text, patience);
  }

  /** How the command ended. @returns {Promise<string>} "exited CODE" or "signaled SIGNAL" */
  finish() {
    return this.until(() => /^(exited|signaled) \d+$/m.exec(this.news)?.[0], 'its end');
  }

  async close() {
    const pid = /started (\d+)/.exec(this.news)?.[1];
    if (pid && !/^(exited|signaled)/m.test(this.news)) {
      try {
        process.kill(-Number(pid), 'SIGKILL');
      } catch {
        // It ended just now.
      }
    }
    await super.close();
  }
}

/**
 * @param {string[]} command
 * @param {{env?: NodeJS.ProcessEnv, cwd?: string}} [options]
 */
export function openTerminal(command, { env, cwd } = {}) {
  return new Terminal(
    spawn(compiled('support/pty'), command, {
      stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
      env: { ...process.env, TERM: 'dumb', ...env },
      cwd,
    }),
  );
}

/** `wasmsig` on a terminal. @param {string[]} args @param {{env?: NodeJS.ProcessEnv, cwd?: string}} [options] */
export function wasmsigTerminal(args, options) {
  return openTerminal([process.execPath, CLI, ...args], options);
}
