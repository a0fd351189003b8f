// @ts-check
/** Chooses the command. */

import { UsageError, say, version } from './usage.js';

/** @typedef {(next?: (signal: NodeJS.Signals) => void) => void} Release  of main.js */

/**
 * By name: what its usage says, what it does, and its module.
 * @type {Record<string, {usage: string, does: string, load: () => Promise<{main(args: string[], release: Release):
 *   Promise<number>}>}>}
 */
const COMMANDS = {
  run: {
    usage: 'run FILE [args]',
    does: 'run a WASI .wasm or an Emscripten .mjs program',
    load: () => import('./run.js'),
  },
  instrument: {
    usage: 'instrument IN -o OUT',
    does: 'put safe points into the loops of a wasm program',
    load: () => import('./instrument.js'),
  },
  signals: {
    usage: 'signals',
    does: 'the signals of wasm programs on this platform',
    load: () => import('./signals.js'),
  },
  config: {
    usage: 'config',
    does: 'what a compiler needs to build a program',
    load: () => import('./config.js'),
  },
  doctor: {
    usage: 'doctor',
    does: 'what this machine can do, and what is missing',
    load: () => import('./doctor.js'),
  },
};

const HELP = `Usage: wasmsig COMMAND [options]

Real POSIX signals for WebAssembly programs.

${Object.values(COMMANDS)
  .map(({ usage, does }) => `  ${usage.padEnd(26)}${does}`)
  .join('\n')}

  --help                    this text; wasmsig COMMAND --help for a command
  --version                 the version

Exit status: the program's own (run), 0, 1 for a failure, 2 for wrong usage.`;

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
  if (name === undefined) throw new UsageError(`no command: ${Object.keys(COMMANDS).join(', ')} (see wasmsig --help)`);
  if (!Object.hasOwn(COMMANDS, name))
    throw new UsageError(`unknown ${name.startsWith('-') ? 'option' : 'command'}: ${name} (see wasmsig --help)`);
  const { main } = await COMMANDS[name].load();
  return main(rest, release);
}
