// Progress lines and errors of the set-up. Everything goes to stderr, so that `--json` leaves stdout to the result.

import { statSync } from 'node:fs';

/**
 * An error that the user can do something about: printed as its message alone, without a stack.
 */
export class SetupError extends Error {
  /** @param {string} message one line that names what to install or which variable to set */
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}

/**
 * @typedef {object} Progress
 * @property {(component: string, text: string) => void} step one line about what is being done
 * @property {(component: string, text: string, seconds?: number) => void} done one line about what is finished
 * @property {<T>(component: string, file: string, total: number, work: () => Promise<T>) => Promise<T>} watch
 *   runs `work` and shows how `file` grows towards `total` bytes
 */

/**
 * @param {{ stream?: NodeJS.WriteStream, quiet?: boolean }} [options] colours and the moving percentage appear only on a terminal
 * @returns {Progress}
 */
export function createProgress({ stream = process.stderr, quiet = false } = {}) {
  const tty = Boolean(stream.isTTY) && !quiet;
  const paint = (/** @type {number} */ code, /** @type {string} */ text) =>
    tty && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
  const line = (/** @type {string} */ text) => {
    if (!quiet) stream.write(`${tty ? '\r\x1b[K' : ''}${text}\n`);
  };
  const label = (/** @type {string} */ component) => paint(36, component.padEnd(10));
  return {
    step: (component, text) => line(`${label(component)} ${text}`),
    done: (component, text, seconds) =>
      line(
        `${label(component)} ${paint(32, text)}${seconds === undefined ? '' : paint(2, ` (${seconds.toFixed(1)} s)`)}`,
      ),
    async watch(component, file, total, work) {
      if (!tty) return work();
      const timer = setInterval(() => {
        let size = 0;
        try {
          size = statSync(file).size;
        } catch {
          // The file does not exist before the first byte has arrived.
        }
        const percent = total > 0 ? Math.min(100, Math.floor((size / total) * 100)) : 0;
        stream.write(`\r\x1b[K${label(component)} ${String(percent).padStart(3)} % of ${megabytes(total)}`);
      }, 200);
      try {
        return await work();
      } finally {
        clearInterval(timer);
        stream.write('\r\x1b[K');
      }
    },
  };
}

/**
 * @param {number} bytes
 * @returns {string} for example "237 MB"
 */
export function megabytes(bytes) {
  const value = bytes / 1e6;
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} MB`;
}
