// @ts-check
/** What several tests of processes need. */
import { spawn } from '../../js/node/index.js';
import { guest, programs } from '../guests/wat_guests.js';

/** Far more than any of these tests takes; a hang fails instead of blocking the run. */
export const LIMIT = { timeout: 30_000 };

/** @typedef {{shared?: boolean, linked?: boolean, version?: number, block?: number, globals?: string}} GuestOptions */

/**
 * Spawns a guest of wat_guests.js (a name of `programs`, or a body) with its output collected.
 * @param {string} program
 * @param {import('../../js/node/spawn.js').SpawnOptions & GuestOptions} [options]
 */
export function start(program, { shared, linked, version, block, globals, ...options } = {}) {
  const body = /** @type {Record<string, string>} */ (programs)[program] ?? program;
  const child = spawn(guest(body, { shared, linked, version, block, globals }), {
    stdin: 'ignore',
    stdout: 'pipe',
    ...options,
  });
  return Object.assign(watch(child), { exited: child.exited });
}

/** @param {import('../../js/node/spawn.js').NodeProcess} child */
export function watch(child) {
  let output = '';
  let read = 0;
  /** @type {Set<() => void>} */
  const waiting = new Set();
  const look = () => waiting.forEach((one) => one());
  child.stdout
    ?.on('data', (chunk) => {
      output += chunk;
      look();
    })
    .on('close', look);
  const until = (/** @type {() => boolean} */ condition, /** @type {string} */ what) =>
    new Promise((/** @type {(value?: unknown) => void} */ resolve, reject) => {
      const look = () => {
        if (condition()) resolve();
        else if (child.stdout?.closed)
          reject(new Error(`the guest ended without printing ${what}, only ${JSON.stringify(output)}`));
        else return;
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  return {
    child,
    get output() {
      return output;
    },
    /** Waits until the output holds this text. @param {string} text */
    prints(text) {
      return until(() => output.includes(text), JSON.stringify(text));
    },
    /** The next line of its output, after those that were asked for before. */
    async nextLine() {
      const start = read;
      await until(() => output.indexOf('\n', start) >= 0, 'one more line');
      read = output.indexOf('\n', start) + 1;
      return output.slice(start, read - 1);
    },
    /** How it ended, after all output has come. */
    async ends() {
      const exit = await child.exited;
      if (child.stdout && !child.stdout.readableEnded)
        await new Promise((resolve) => child.stdout?.once('end', resolve));
      return exit;
    },
  };
}
