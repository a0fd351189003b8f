#!/usr/bin/env node
// @ts-check
/**
 * The command line. Next to nothing is imported statically. Signals for the guest have to be caught from the very first
 * moment (SIGUSR1 would start Node's inspector), and only the modules that the command needs are loaded.
 */

import { OF_COMMAND } from '../node/forwarded.js';

/** @type {NodeJS.Signals[]} */
const early = [];
/** @type {(signal: NodeJS.Signals) => void} */
let hear = (signal) => void early.push(signal);
const listener = (/** @type {NodeJS.Signals} */ signal) => hear(signal);
if (process.argv[2] === 'run') for (const signal of OF_COMMAND) process.on(signal, listener);

/**
 * Ends the collecting of signals. With `next`, that function gets them until this process ends, those that came so far
 * first: after the program's end no signal may act on this process instead. Without `next` they act on this process as
 * on any other.
 * @param {(signal: NodeJS.Signals) => void} [next]
 */
function release(next) {
  if (!next) for (const signal of OF_COMMAND) process.off(signal, listener);
  else for (const signal of early) next(signal);
  if (next) hear = next;
}

const { command } = await import('./command.js');
await command(process.argv.slice(2), release);
