// @ts-check
/** wasmsig/signal in Node: with descriptors, processor time, and a process that can die and stop. */

import { constants, fstatSync, readFileSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { dieOf } from '../node/die.js';
import { Module } from './signal_module.js';

export * from './public_classes.js';

/** @type {import('./in_process_host.js').Platform} */
const platform = {
  identity: () => ({ pid: process.pid, uid: process.getuid?.() ?? 0 }),
  processorTime: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) * 1000;
  },
  checkFd: (fd) => {
    fstatSync(fd);
    return { nonBlocking: nonBlocking(fd) };
  },
  write: (fd, byte) => void writeSync(fd, byte),
  // Only in the main thread. A worker's process is not the Node process, which has other workers: there an exception
  // reports a death, and a stop sleeps.
  ...(isMainThread && {
    stop: () => process.platform !== 'win32' && process.kill(process.pid, 'SIGSTOP'),
    die: ({ signum, core }) => dieOf(signum, core),
  }),
};

/**
 * Whether a descriptor is non-blocking. Node cannot ask for that, but Linux's /proc tells; elsewhere it is assumed.
 * @param {number} fd
 */
function nonBlocking(fd) {
  let text;
  try {
    text = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  } catch {
    return true;
  }
  return (parseInt(/^flags:\s*([0-7]+)/m.exec(text)?.[1] ?? '', 8) & constants.O_NONBLOCK) !== 0;
}

/**
 * Creates a module object of an edition, with a process and a queue of its own.
 * @type {import('./public_types.js').Create}
 */
export const create = /** @type {import('./public_types.js').Create} */ ((options) => new Module(platform, options));

export default create();
