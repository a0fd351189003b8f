// @ts-check
/** wasmsig run */

import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { EDITIONS } from '../abi/edition.js';
import { LAST_SIGNAL, isSignal } from '../abi/index.js';
import { WasmsigError } from '../engine/errors.js';
import { dieOf, stopBy } from '../node/die.js';
import { handOn } from '../node/forward.js';
import { spawn } from '../node/spawn.js';
import { deathNumber, signalName } from '../signals/signal_names.js';
import { SIGRTMAX, SIGRTMIN } from '../signals/table.js';
import { isScript } from '../guest/module_kind.js';
import { describeNoWasm, isWasm } from '../guest/wasm_header.js';
import { UsageError, parse, say, version } from './usage.js';

const HELP = `Usage: wasmsig run [options] FILE.wasm|FILE.mjs [args]

Runs a WASI program, or an Emscripten one (-sMODULARIZE -sEXPORT_ES6), with the wasmsig library or without. Signals that this command
gets, from the terminal or by kill, go to the program; if the program dies of a signal, so does this command. These do not reach it:

  SIGKILL, SIGSTOP                                      nobody can catch them
  SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGPROF     this command dies of them
  real-time signals (${SIGRTMIN} to ${SIGRTMAX})                          likewise
  SIGTTIN, SIGTTOU                                      this command is stopped
  SIGPIPE                                               ignored; the program gets one for its own writes

  --instrument              put safe points into the program's loops first. Without them a program that computes takes no signal it
                            handles, and one without the library is stopped only when it calls its host
  --env NAME=VALUE          a variable of the program's environment (more than once; NAME alone: this environment's)
  --dir HOST[::GUEST]       a directory that the program may use (more than once)
  --edition EDITION         documented (the default) or extended: the names of the program's \`signal\` module, if it leaves them to its host
  --ignore SIGNAL           start the program with this signal ignored (more than once), as nohup does. Node forgets what it inherited;
                            the command wasmsig-run is \`wasmsig run\` with the signals ignored and blocked that it was started with
  --signals                 log sends and deliveries on standard error
  --                        the end of these options
  --help, --version`;

/** Without the three that the C library reserves. */
const SIGNALS = Array.from({ length: LAST_SIGNAL }, (_, index) => index + 1).filter(isSignal);

/** @type {import('node:util').ParseArgsConfig['options']} */
const OPTIONS = {
  instrument: { type: 'boolean' },
  env: { type: 'string', multiple: true },
  dir: { type: 'string', multiple: true },
  edition: { type: 'string' },
  ignore: { type: 'string', multiple: true },
  inherit: { type: 'string' }, // for wasmsig-run only
  signals: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
};

/**
 * @param {string[]} args
 * @param {import('./command.js').Release} release
 */
export async function main(args, release) {
  const { own, file, rest } = split(args);
  const { values } = /** @type {{values: any}} */ (
    parse({ args: own, options: OPTIONS, allowPositionals: false }, 'run')
  );
  if (values.help) return (release(), say(HELP), 0);
  if (values.version) return (release(), say(version()), 0);
  if (file === undefined) throw new UsageError('run: no program given (see wasmsig run --help)');
  check(file);
  const { edition } = values;
  if (edition !== undefined && !Object.hasOwn(EDITIONS, edition))
    throw new UsageError(`run: --edition is ${Object.keys(EDITIONS).join(' or ')}, not ${edition}`);

  const inherits = inherited(values.inherit ?? '0:0');
  const guest = spawn(resolve(file), {
    name: file,
    args: rest,
    env: environment(values.env ?? []),
    dirs: directories(values.dir ?? []),
    instrument: values.instrument ?? false,
    edition: /** @type {import('../abi/edition.js').Edition | undefined} */ (edition),
    ignored: [...inherits.ignored, ...ignored(values.ignore ?? [])],
    blocked: inherits.blocked,
  });
  if (values.signals) log(guest);
  const explain = explainer(guest, file);
  release((signal) => {
    if (signal === 'SIGINT') explain();
    handOn(guest, signal);
  });
  stopTogether(guest);
  let exit;
  try {
    exit = await guest.exited;
  } catch (error) {
    if (!(error instanceof WasmsigError)) throw error;
    throw new UsageError(error.message);
  }
  if (exit.error) complain(file, exit);
  if (exit.signal !== null) dieOf(deathNumber(exit.signal), exit.core);
  // Nothing is left to do, and a pending read of standard input must not keep the process alive.
  process.exit(exit.code ?? 1);
}

/**
 * Splits at the program's name: the options after it are the program's own.
 * @param {string[]} args
 */
function split(args) {
  let at = 0;
  while (at < args.length && args[at].startsWith('-') && args[at] !== '-') {
    if (args[at] === '--') return { own: args.slice(0, at), file: args[at + 1], rest: args.slice(at + 2) };
    at += ['--env', '--dir', '--edition', '--ignore', '--inherit'].includes(args[at]) ? 2 : 1;
  }
  return { own: args.slice(0, at), file: args[at], rest: args.slice(at + 1) };
}

/** @param {string} file */
function check(file) {
  let head;
  try {
    if (statSync(file).isDirectory()) throw new UsageError(`${file}: a directory, not a program`);
    const fd = openSync(file, 'r');
    head = new Uint8Array(8);
    head = head.subarray(0, readSync(fd, head, 0, 8, 0));
    closeSync(fd);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new UsageError(
      `${file}: ${code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'permission denied' : message}`,
    );
  }
  if (!isScript(file) && !isWasm(head)) throw new UsageError(`${file}: ${describeNoWasm(head)}`);
}

/** @param {string[]} settings */
function environment(settings) {
  /** @type {Record<string, string>} */
  const env = Object.create(null);
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    if (equals === 0 || setting === '') throw new UsageError(`run: --env ${setting}: NAME=VALUE is wanted`);
    const name = equals < 0 ? setting : setting.slice(0, equals);
    const value = equals < 0 ? Object.getOwnPropertyDescriptor(process.env, name)?.value : setting.slice(equals + 1);
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** @param {string[]} names */
function ignored(names) {
  return names.map((name) => {
    try {
      return signalName(name);
    } catch (error) {
      throw new UsageError(`run: --ignore ${name}: ${/** @type {Error} */ (error).message}`);
    }
  });
}

/** @param {string} sets two, ignored and blocked, as the kernel prints them: bit n-1 for signal n, hexadecimal */
function inherited(sets) {
  const [, ...both] = /^([0-9a-f]{1,16}):([0-9a-f]{1,16})$/.exec(sets) ?? [];
  if (both.length === 0) throw new UsageError(`run: --inherit ${sets}: IGNORED:BLOCKED in hexadecimal is wanted`);
  const [ignored, blocked] = both.map((set) =>
    SIGNALS.filter((signo) => (BigInt(`0x${set}`) >> BigInt(signo - 1)) & 1n),
  );
  return { ignored, blocked };
}

/** @param {string[]} settings */
function directories(settings) {
  /** @type {Record<string, string>} */
  const dirs = Object.create(null);
  for (const setting of settings) {
    const [host, guest = host] = setting.split('::');
    let directory = false;
    try {
      directory = statSync(host).isDirectory();
    } catch {
      // reported below
    }
    if (!directory) throw new UsageError(`run: --dir ${setting}: no directory ${host}`);
    dirs[guest] = resolve(host);
  }
  return dirs;
}

/** Milliseconds in which Node's handler has to see a SIGCONT that has continued this command. */
const HEARD_MS = 50;

/**
 * Stops the command together with its program, so that the shell's job control sees the stop. Where the system does not
 * stop the command, it would not have stopped the program either: then the program continues, since nothing could
 * continue it later.
 * @param {import('../owner/process.js').Process} guest
 */
function stopTogether(guest) {
  guest.addEventListener('stopped', (event) => {
    const { signo } = /** @type {import('../owner/process.js').SignalEvent} */ (event);
    let continued = false;
    const hear = () => void (continued = true);
    process.once('SIGCONT', hear);
    stopBy(signo);
    setTimeout(() => {
      process.off('SIGCONT', hear);
      if (!continued) guest.kill('SIGCONT');
    }, HEARD_MS);
  });
}

/** Milliseconds after which a ^C that the program has not taken is explained. */
const PATIENCE_MS = 1000;

/**
 * Explains, once, that a program which handles ^C and computes without safe points does not receive it.
 * @param {import('../owner/process.js').Process} guest
 * @param {string} file
 * @returns {() => void} to be called before each SIGINT
 */
function explainer(guest, file) {
  let first = true;
  return () => {
    if (!first || guest.capabilities?.interrupts !== 'calls') return;
    first = false;
    let taken = false;
    const see = (/** @type {Event} */ event) => {
      if (/** @type {import('../owner/process.js').SignalEvent} */ (event).signal === 'SIGINT') taken = true;
    };
    guest.addEventListener('delivery', see);
    setTimeout(() => {
      guest.removeEventListener('delivery', see);
      if (taken || guest.phase !== 'attached') return;
      writeSync(
        2,
        `wasmsig: ${basename(file)} has not taken SIGINT: it computes, and has no safe points. Run it with --instrument; SIGQUIT (^\\) or SIGKILL ends it now\n`,
      );
    }, PATIENCE_MS).unref();
  };
}

/** @param {import('../owner/process.js').Process} guest */
function log(guest) {
  const started = performance.now();
  for (const type of ['send', 'delivery', 'stopped', 'continued']) {
    guest.addEventListener(type, (event) => {
      const { signal, latency } = /** @type {import('../owner/process.js').SignalEvent} */ (event);
      const what = { send: 'sent', delivery: `taken after ${latency?.toFixed(1)} ms` }[type] ?? type;
      writeSync(2, `wasmsig: ${(performance.now() - started).toFixed(1)} ms ${signal ? signal + ' ' : ''}${what}\n`);
    });
  }
}

/**
 * @param {string} file
 * @param {import('../owner/process.js').Exit} exit
 */
function complain(file, exit) {
  const frames = (exit.error?.stack ?? '')
    .split('\n')
    .filter((line) => /wasm/.test(line) && /^\s+at/.test(line))
    .slice(0, 10);
  try {
    writeSync(2, [`wasmsig: ${basename(file)}: ${exit.error?.message} (${exit.signal})`, ...frames, ''].join('\n'));
  } catch {
    // no process reads it
  }
}
