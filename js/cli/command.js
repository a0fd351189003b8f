// @ts-check
/** Chooses the command. */

import { UsageError, say, version } from './usage.js';

const HELP = `Usage: wasmsig COMMAND [options]

Real POSIX signals for WebAssembly programs.

  run FILE [args]           run a WASI .wasm or an Emscripten .mjs program
  instrument IN -o OUT      put safe points into the loops of a wasm program
  signals                   the signals of wasm programs on this platform
  config                    what a compiler needs to build a program
  doctor                    what this machine can do, and what is missing

  --help                    this text; wasmsig COMMAND --help for a command
  --version                 the version

Exit status: the program's own (run), 0, 1 for a failure, 2 for wrong usage.`;

/** @typedef {(next?: (signal: NodeJS.Signals) => void) => void} Release  of main.js */

/** @type {Record<string, () => Promise<{main(args: string[], release: Release): Promise<number>}>>} */
const COMMANDS = {
  run: () => import('./run.js'),
  instrument: () => import('./instrument.js'),
  signals: () => import('./signals.js'),
  config: () => import('./config.js'),
  doctor: () => import('./doctor.js'),
};

/**
 * @param {string[]} args
 * @param {Release} release
 */
export async function command(args, release) {
  try {
    process.exitCode = await choose(args, release);
  } catch (error) {
    release();
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`wasmsig: ${error.message}\n`);
    process.exitCode = 2;
  }
}

/**
 * @param {string[]} args
 * @param {Release} release
 */
async function choose([name, ...rest], release) {
  if (name === '--help' || name === '-h' || name === 'help') return (say(HELP), 0);
  if (name === '--version' || name === '-V') return (say(version()), 0);
  if (name === undefined)
    throw new UsageError('no command: run, instrument, signals, config or doctor (see wasmsig --help)');
  if (!Object.hasOwn(COMMANDS, name))
    throw new UsageError(`unknown ${name.startsWith('-') ? 'option' : 'command'}: ${name} (see wasmsig --help)`);
  const { main } = await COMMANDS[name]();
  return main(rest, release);
}
