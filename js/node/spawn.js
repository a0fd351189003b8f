// @ts-check
/** Starts a guest in a worker thread of Node. */

import { writeSync } from 'node:fs';
import { basename } from 'node:path';
import { PassThrough } from 'node:stream';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { capabilitiesOf } from '../owner/capabilities.js';
import { Input } from '../link/input.js';
import { Backpressure } from '../link/backpressure.js';
import { Peers } from '../link/peers.js';
import { Process } from '../owner/process.js';
import { Queue } from '../link/queue.js';
import { bindAbort, checkOptions, headerFor, stopOptions, wrong } from '../owner/spawn_options.js';
import { isScript } from '../guest/module_kind.js';
import { execArgv } from './exec_argv.js';
import { inheritedOutput } from './inherited.js';
import { Loading } from './loading.js';
import { InputPump } from './streams.js';
import { timekeeper } from './timekeeper.js';

/**
 * @template Option, Stream
 * @typedef {import('../owner/spawn_options.js').Piped<Option, Stream>} Piped
 */

/**
 * The options that only spawn() of Node has.
 * @typedef {object} NodeOptions
 * @property {Record<string, string>} [dirs] guest path to host path; default: none
 * @property {'inherit' | 'ignore' | 'pipe' | import('node:stream').Readable} [stdin] default 'inherit'
 * @property {'inherit' | 'ignore' | 'pipe' | import('node:stream').Writable} [stdout] default 'inherit'
 * @property {'inherit' | 'ignore' | 'pipe' | import('node:stream').Writable} [stderr] default 'inherit'
 * @property {number} [stackSizeMb] of the worker; default 8
 */

/**
 * @typedef {import('../owner/spawn_options.js').ProgramOptions & import('../owner/spawn_options.js').ProcessOptions & NodeOptions}
 *   SpawnOptions
 */

/**
 * A process of Node, with the streams for which 'pipe' was given.
 * @template {SpawnOptions['stdin']} [I=SpawnOptions['stdin']]
 * @template {SpawnOptions['stdout']} [O=SpawnOptions['stdout']]
 * @template {SpawnOptions['stderr']} [E=SpawnOptions['stderr']]
 * @typedef {Process & {stdin: Piped<I, import('node:stream').Writable>, stdout: Piped<O,
 *   import('node:stream').Readable>, stderr: Piped<E, import('node:stream').Readable>}} NodeProcess
 */

/** Milliseconds that a terminated thread has to end, so that all its messages arrive. */
const LINGERS_MS = 25;

/**
 * Starts a program: a path or URL of a .wasm file (WASI) or of an Emscripten .mjs, the bytes of a wasm file, or a
 * compiled module. Returns at once; signals can be sent from then on.
 * @template {SpawnOptions['stdin']} I
 * @template {SpawnOptions['stdout']} O
 * @template {SpawnOptions['stderr']} E
 * @param {string | URL | Uint8Array | ArrayBuffer | WebAssembly.Module} source
 * @param {SpawnOptions & {stdin?: I, stdout?: O, stderr?: E}} [options]
 * @returns {NodeProcess<I, O, E>}
 * @throws {TypeError | RangeError} an option is wrong; nothing was started
 */
export function spawn(source, options = {}) {
  const stop = stopOptions(options);
  const path = typeof source === 'string' ? source : source instanceof URL ? fileURLToPath(source) : undefined;
  const bytes =
    source instanceof ArrayBuffer ? new Uint8Array(source) : source instanceof Uint8Array ? source : undefined;
  const module = source instanceof WebAssembly.Module ? source : undefined;
  if (path === undefined && !bytes && !module)
    throw new TypeError('a program is a path, a URL, the bytes of a wasm file or a WebAssembly.Module');
  const { args, env, dirs, peers, instrument } = checkOptions(options, source, (option, folder) => {
    if (typeof folder !== 'string') throw wrong(option, 'the path of a folder', folder);
  });
  checkStreams(options);
  const emscripten = path !== undefined && isScript(path);
  const name = options.name ?? (path === undefined ? 'program.wasm' : basename(path));

  const queue = Queue.create(headerFor(options, process.getuid?.()));
  const { streams, own, input, backpressure, piped } = connect(options);
  const messages = new Backpressure();
  const loading = new Loading();
  const guest = /** @type {NodeProcess<I, O, E>} */ (
    /** @type {unknown} */ (Object.assign(new Process({ queue, streams, timekeeper }), own))
  );
  const granted = new Peers();
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  /** @type {import('./agent.js').Start} */
  const start = {
    block: /** @type {SharedArrayBuffer} */ (queue.buffer),
    timekeeperWord: timekeeper.timekeeperWord,
    kept: guest.kept,
    input: input?.shared,
    output: backpressure.shared,
    messages: messages.shared,
    loading: loading.shared,
    piped,
    inherited: piped.map((is, fd) => (is || fd === 0 ? undefined : inheritedOutput(fd))),
    granted: /** @type {SharedArrayBuffer} */ (granted.buffer),
    peers: port2,
    name,
    path,
    bytes,
    module,
    emscripten,
    instrument: instrument
      ? { ...(emscripten && { memory: 'keep' }), ...(instrument === true ? {} : instrument) }
      : false,
    args: [name, ...args],
    env,
    dirs,
  };
  const worker = new Worker(new URL('./agent.js', import.meta.url), {
    workerData: start,
    execArgv: execArgv(),
    transferList: [port2],
    resourceLimits: { stackSizeMb: options.stackSizeMb ?? 8 },
    trackUnmanagedFds: false,
    // Piping to process.stdout, the default, would make the descriptor non-blocking, and the guest's own writes would
    // fail when a pipe is full.
    stdout: true,
    stderr: true,
  });
  worker.stdout.on('data', (chunk) => writeAll(1, chunk));
  worker.stderr.on('data', (chunk) => writeAll(2, chunk));
  /** @type {Error | undefined} */
  let failure;
  worker.on('message', (message) => {
    guest.receive(message);
    if (message.type !== 'output') messages.remove();
  });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let lingers;
  worker.on('error', (error) => (failure = error));
  worker.on('exit', (code) => {
    clearTimeout(lingers);
    // The program called process.exit(), which reports nothing else. A worker that was terminated has an outcome
    // already.
    if (!failure) guest.receive({ type: 'exited', code });
    port1.close();
    guest.ended(failure);
  });
  guest.run({
    terminate: () => {
      loading.terminate(worker);
      // For its owner the process is over even if its thread continues: an engine ends a thread at its next instruction
      // or call, but does not interrupt a system call.
      lingers = setTimeout(() => setImmediate(() => guest.ended()), LINGERS_MS);
    },
    give: (peer) => {
      if (peer.errno !== undefined) port1.postMessage(peer);
      else if (peer.gone) granted.remove(peer.pid);
      else granted.add(peer.pid);
    },
  });
  for (const peer of peers) guest.grant(peer);
  bindAbort(guest, stop);
  return guest;
}

/**
 * The capabilities of a process that spawn() would start with these options, if its program is linked with the wasmsig
 * library.
 * @param {Pick<SpawnOptions, 'instrument'>} [options]
 */
export function capabilities({ instrument } = {}) {
  return capabilitiesOf('shared', instrument ? 'loops' : 'calls');
}

/**
 * Writes what JavaScript in the worker prints (an Emscripten program's console.log).
 * @param {number} fd
 * @param {Uint8Array} bytes
 */
function writeAll(fd, bytes) {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  } catch {
    // no process reads it
  }
}

/**
 * @param {SpawnOptions} options
 * @throws {TypeError | RangeError}
 */
function checkStreams({ stdin = 'inherit', stdout = 'inherit', stderr = 'inherit', stackSizeMb = 8 }) {
  if (!(isWord(stdin) || has(stdin, 'on', 'pause', 'resume')))
    throw wrong(
      'stdin',
      "'inherit', 'ignore', 'pipe' or a stream of Node (of a ReadableStream: stream.Readable.fromWeb(it))",
      stdin,
    );
  for (const [name, one] of Object.entries({ stdout, stderr })) {
    if (!(isWord(one) || has(one, 'on', 'write', 'end')))
      throw wrong(
        name,
        "'inherit', 'ignore', 'pipe' or a stream of Node (of a WritableStream: stream.Writable.fromWeb(it))",
        one,
      );
  }
  if (typeof stackSizeMb !== 'number') throw wrong('stackSizeMb', 'a number', stackSizeMb);
  if (!(stackSizeMb > 0 && stackSizeMb < Infinity))
    throw new RangeError(`stackSizeMb is a number above 0, not ${stackSizeMb}`);
}

/** @param {unknown} stream */
function isWord(stream) {
  return stream === 'inherit' || stream === 'ignore' || stream === 'pipe';
}

/** @param {any} stream @param {string[]} methods */
function has(stream, ...methods) {
  return (
    typeof stream === 'object' && stream !== null && methods.every((method) => typeof stream[method] === 'function')
  );
}

/** @param {SpawnOptions} options */
function connect(options) {
  const backpressure = new Backpressure();
  /** @type {{stdin: PassThrough | null, stdout: PassThrough | null, stderr: PassThrough | null}} */
  const own = { stdin: null, stdout: null, stderr: null };
  const { stdin = 'inherit' } = options;
  /** @type {Input | undefined} */ let input;
  /** @type {InputPump | undefined} */ let pump;
  if (stdin !== 'ignore') {
    input = new Input();
    if (stdin === 'inherit') input.terminal = isatty(0);
    if (stdin === 'pipe') own.stdin = new PassThrough();
    pump = new InputPump(input, () =>
      stdin === 'inherit' ? process.stdin : stdin === 'pipe' ? /** @type {PassThrough} */ (own.stdin) : stdin,
    );
  }
  /** @type {(import('node:stream').Writable | null | undefined)[]} undefined: inherited; null: ignored */
  const outputs = [undefined, output('stdout'), output('stderr')];

  /** @param {'stdout' | 'stderr'} which */
  function output(which) {
    const wanted = options[which] ?? 'inherit';
    if (wanted === 'inherit') return undefined;
    if (wanted === 'ignore') return null;
    return wanted === 'pipe' ? (own[which] = new PassThrough()) : wanted;
  }

  return {
    backpressure,
    own,
    input,
    piped: [stdin !== 'inherit', outputs[1] !== undefined, outputs[2] !== undefined],
    streams: {
      wantInput: (/** @type {() => void} */ wake) => pump?.want(wake),
      output: (/** @type {number} */ fd, /** @type {Uint8Array} */ bytes, /** @type {() => void} */ wake) => {
        const taken = () => {
          backpressure.remove(bytes.length);
          wake();
        };
        const stream = outputs[fd];
        if (stream && !stream.destroyed && stream.writable) stream.write(bytes, taken);
        else taken();
      },
      close: (/** @type {Error | undefined} */ failure) => {
        pump?.close();
        own.stdin?.destroy();
        for (const stream of [own.stdout, own.stderr]) {
          if (!failure) stream?.end();
          // A reader of the stream gets the error. Without a listener the error would end this process, although
          // `exited` reports it.
          else stream?.destroy(stream.listenerCount('error') > 0 ? failure : undefined);
        }
      },
    },
  };
}
