#!/usr/bin/env node
// @ts-check
/**
 * The command line. Nothing is imported statically: signals for the guest have to be caught from the very first moment (SIGUSR1 would start Node's
 * inspector), and only what the command needs is loaded.
 */

/** @type {NodeJS.Signals[]} */
const early = [];
const note = (/** @type {NodeJS.Signals} */ signal) => void early.push(signal);
/** @type {NodeJS.Signals[]} those whose default would hurt a program that is about to handle them */
const CAUGHT = ['SIGUSR1', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGALRM', 'SIGTSTP'];
if (process.argv[2] === 'run') for (const signal of CAUGHT) process.on(signal, note);

/** Hands what came so far to somebody else, who listens already. */
function release() {
  for (const signal of CAUGHT) process.off(signal, note);
  return early;
}

const { command } = await import('./command.js');
await command(process.argv.slice(2), release);

export {};
