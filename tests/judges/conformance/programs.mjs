// @ts-check
// The programs of the Open POSIX Test Suite that are judged, and why one that passes on Linux may not pass in WebAssembly.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Folders of conformance/interfaces: signals, their timers and the sleeps that they end. */
export const INTERFACES = [
  'sigaction',
  'sigaddset',
  'sigaltstack',
  'sigdelset',
  'sigemptyset',
  'sigfillset',
  'sighold',
  'sigignore',
  'sigismember',
  'signal',
  'sigpause',
  'sigpending',
  'sigprocmask',
  'sigqueue',
  'sigrelse',
  'sigset',
  'sigsuspend',
  'sigtimedwait',
  'sigwait',
  'sigwaitinfo',
  'raise',
  'kill',
  'killpg',
  'pthread_sigmask',
  'pthread_kill',
  'timer_create',
  'timer_delete',
  'timer_getoverrun',
  'timer_gettime',
  'timer_settime',
  'nanosleep',
  'clock_nanosleep',
];

/** Where they run. `stock` ones are built and linked without the library and its headers. */
export const TARGETS = /** @type {const} */ ([
  'native',
  'wasm32-wasip1',
  'wasm32-emscripten',
  'wasm32-emscripten-pthread',
  'stock-wasm32-wasip1',
  'stock-wasm32-emscripten',
  'stock-wasm32-emscripten-pthread',
]);

/** What a run of a program was. */
export const OUTCOMES = /** @type {const} */ ([
  'pass',
  'fail',
  'unresolved',
  'unsupported',
  'untested',
  'hung',
  'does not build',
  'only built',
]);

/** @typedef {typeof TARGETS[number]} Target */
/** @typedef {typeof OUTCOMES[number]} Outcome */

/** Exit statuses of posixtest.h. @type {Record<number, Outcome>} */
const STATUSES = { 0: 'pass', 1: 'fail', 2: 'unresolved', 4: 'unsupported', 5: 'untested' };

/** @param {{code: number, late: boolean}} end @returns {Outcome} */
export const outcomeOf = ({ code, late }) => (late ? 'hung' : (STATUSES[code] ?? 'fail'));

/**
 * @typedef {object} Program
 * @property {string} name   "sigaction/1-1"
 * @property {string} folder of its interface, with what it includes
 * @property {string} source
 * @property {boolean} only_built  the suite wants it compiled only; scripts give it arguments
 */

/**
 * @param {string} suite its folder
 * @param {string[]} [only] interfaces, or names of programs
 * @returns {Program[]}
 */
export function findPrograms(suite, only = INTERFACES) {
  const unknown = only.find((one) => !INTERFACES.includes(one.split('/')[0]));
  if (unknown) throw new Error(`no interface is named '${unknown}': there are ${INTERFACES.join(', ')}`);
  const all = join(suite, 'conformance', 'interfaces');
  const found = INTERFACES.filter((name) => only.some((one) => one.split('/')[0] === name)).flatMap((name) =>
    readdirSync(join(all, name), { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.c') && file !== 'testfrmw.c')
      .map((file) => join(all, name, file))
      .sort()
      .map((source) => ({
        name: relative(all, source).replace(/\.c$/, ''),
        folder: join(all, name),
        source,
        only_built: source.endsWith('buildonly.c'),
      })),
  );
  const programs = found.filter(({ name }) => only.some((one) => name === one || name.startsWith(`${one}/`)));
  if (programs.length === 0) throw new Error(`no program is named '${only.join(', ')}'`);
  return programs;
}

/**
 * @typedef {object} Kind of programs that cannot pass, or do not yet
 * @property {string} reason
 * @property {RegExp} calls      what such a program calls: an undefined symbol of the native program
 * @property {(target: string) => boolean} on
 * @property {boolean} impossible  no such thing is possible there; if it does not pass it is unsupported
 */

const everywhere = () => true;

/** In this order: the first that fits is the reason. @type {Kind[]} */
export const KINDS = [
  {
    reason: 'calls fork() or the like',
    calls: /^(v?fork|exec(l|le|lp|v|ve|vp)|system|popen|posix_spawnp?)$/,
    on: everywhere,
    impossible: true,
  },
  {
    reason: 'makes threads',
    calls: /^pthread_create$/,
    on: (target) => !target.endsWith('-pthread'),
    impossible: true,
  },
  {
    reason: 'needs a second user',
    calls: /^(getpwnam|setuid|seteuid)$/,
    on: everywhere,
    impossible: true,
  },
];

/**
 * @param {Iterable<string>} symbols that the native program calls
 * @param {string} target
 */
export function kindOf(symbols, target) {
  const called = [...symbols];
  return KINDS.find(({ calls, on }) => on(target) && called.some((symbol) => calls.test(symbol)));
}
