// @ts-check
/** Starts a guest in a dedicated worker or, with stack switching, in this thread. */

import { capabilitiesOf } from '../owner/capabilities.js';
import { WasmsigError } from '../engine/errors.js';
import { HOW_TO_ISOLATE, hasSharedMemory, hasStackSwitching } from '../engine/features.js';
import { isScript } from '../guest/module_kind.js';
import { Input } from '../link/input.js';
import { Process } from '../owner/process.js';
import { Queue } from '../link/queue.js';
import { bindAbort, checkOptions, headerFor, oneOf, stopOptions, wrong } from '../owner/spawn_options.js';
import { PostedQueue } from '../link/posted_queue.js';
import { Link } from './agent_link.js';
import { checkSource, programOf } from './program_source.js';
import { InputPump, toConsole, toFunction, toStream } from './streams.js';
import { timekeeper } from './timekeeper.js';

/** @typedef {import('./agent.js').Tree} Tree */
/**
 * @typedef {'inherit' | 'ignore' | 'pipe' | WritableStream<Uint8Array> | ((bytes: Uint8Array) => unknown)} OutputOption
 */

/**
 * @template Option, Stream
 * @typedef {import('../owner/spawn_options.js').Piped<Option, Stream>} Piped
 */

/**
 * The options that only spawn() of a browser has.
 * @typedef {object} BrowserOptions
 * @property {Record<string, Tree>} [dirs] folders in memory: guest path to files by name; default: none
 * @property {'ignore' | 'pipe' | string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array | string>} [stdin] a
 *   string or bytes are all the input there is (for the texts 'ignore' and 'pipe', give bytes). With `terminal`, a
 *   chunk without bytes in a stream is end of file for one read, as ^D causes it, and the stream continues. Default
 *   'ignore'
 * @property {OutputOption} [stdout] default 'inherit': whole lines to the console. A function is called with the bytes,
 *   and the guest waits for a promise that it returns
 * @property {OutputOption} [stderr] as `stdout`
 * @property {boolean} [terminal] whether the streams are a terminal, as isatty() tells; default false
 * @property {Mode} [mode] default: the best that this page can do. Throws if the page cannot do it
 * @property {'worker' | 'this'} [thread] 'this': in this thread, which needs stack switching, and safe points to
 *   interrupt loops. Default 'worker'
 */

/**
 * @typedef {import('../owner/spawn_options.js').ProgramOptions & import('../owner/spawn_options.js').ProcessOptions & BrowserOptions}
 *   SpawnOptions
 */

/**
 * How signals reach the guest. 'shared': through shared memory, at once (needs cross-origin isolation). 'yielding': by
 * messages; the guest yields to its event loop every few milliseconds and whenever it waits (needs stack switching).
 * 'posted': by messages that are taken only when the program has returned to its event loop.
 * @typedef {'shared' | 'yielding' | 'posted'} Mode
 */

/**
 * A process of a browser, with the streams for which 'pipe' was given.
 * @template {SpawnOptions['stdin']} [I=SpawnOptions['stdin']]
 * @template {SpawnOptions['stdout']} [O=SpawnOptions['stdout']]
 * @template {SpawnOptions['stderr']} [E=SpawnOptions['stderr']]
 * @typedef {Process & {stdin: Piped<I, WritableStream<Uint8Array | string>>, stdout: Piped<O,
 *   ReadableStream<Uint8Array>>, stderr: Piped<E, ReadableStream<Uint8Array>>}} BrowserProcess
 */

/**
 * Starts a program: the URL of a .wasm file (WASI) or of an Emscripten .mjs (a string is relative to the page), a
 * Response or the bytes of a wasm file, or a compiled module. Returns at once; signals can be sent from then on.
 * @template {SpawnOptions['stdin']} I
 * @template {SpawnOptions['stdout']} O
 * @template {SpawnOptions['stderr']} E
 * @param {string | URL | Response | Promise<Response> | Uint8Array<ArrayBuffer> | ArrayBuffer | WebAssembly.Module}
 *   source
 * @param {SpawnOptions & {stdin?: I, stdout?: O, stderr?: E}} [options]
 * @returns {BrowserProcess<I, O, E>}
 * @throws {TypeError | RangeError} an option is wrong; nothing was started
 * @throws {WasmsigError} ERR_START: this page does not support the `mode` or `thread` asked for
 */
export function spawn(source, options = {}) {
  checkSource(source);
  const stop = stopOptions(options);
  const { args, env, dirs, peers, instrument: wanted } = checkOptions(options, source, checkTree);
  checkStreams(options);
  const url =
    typeof source === 'string' || source instanceof URL
      ? new URL(source, globalThis.document?.baseURI ?? location.href)
      : undefined;
  const mode = chooseMode(options);
  const emscripten = url !== undefined && isScript(url.pathname);
  const name = options.name ?? (url?.pathname.split('/').pop() || 'program.wasm');
  const header = headerFor(options);

  const queue = mode === 'shared' ? Queue.create(header) : PostedQueue.create(header);
  const link = new Link(mode, queue);
  const { streams, own, input } = connect(options, link);
  const guest = /** @type {BrowserProcess<I, O, E>} */ (
    /** @type {unknown} */ (
      Object.assign(new Process({ queue, streams, timekeeper, mode: mode === 'shared' ? undefined : mode }), own)
    )
  );
  const instrument = wanted
    ? {
        ...((mode !== 'shared' || emscripten) && { memory: /** @type {const} */ ('keep') }),
        ...(wanted === true ? {} : wanted),
      }
    : false;
  link.open(guest, options.thread ?? 'worker', {
    header,
    block: mode === 'shared' ? /** @type {SharedArrayBuffer} */ (queue.buffer) : undefined,
    timekeeperWord: mode === 'shared' ? timekeeper?.timekeeperWord : undefined,
    kept: mode === 'shared' ? guest.kept : undefined,
    input: input instanceof Input ? input.shared.buffer : undefined,
    backpressure: link.backpressure?.shared,
    messages: link.messages?.shared,
    answer: link.answer,
    peers: link.peers.buffer,
    yields: mode === 'yielding',
    hasInput: input !== undefined,
    terminal: options.terminal ?? false,
    name,
    emscripten,
    instrument,
    args: [name, ...args],
    env,
    dirs,
  });
  // In this mode the guest cannot wait for input, so all of it has to be there before the program starts.
  if (mode === 'posted') streams.giveInput();
  programOf(source, url).then(
    (program) => link.post({ type: 'program', program }),
    (error) => guest.receive({ type: 'failed', code: 'ERR_START', message: `${name}: ${error.message}` }),
  );
  for (const peer of peers) guest.grant(peer);
  bindAbort(guest, stop);
  return guest;
}

/**
 * The capabilities of a process that spawn() would start with these options on this page, if its program is linked with
 * the wasmsig library.
 * @param {Pick<SpawnOptions, 'mode' | 'thread' | 'instrument'>} [options]
 * @throws {WasmsigError} ERR_START if spawn() would throw it
 */
export function capabilities(options = {}) {
  return capabilitiesOf(chooseMode(options), options.instrument ? 'loops' : 'calls');
}

/**
 * @param {Pick<SpawnOptions, 'mode' | 'thread'>} options
 * @returns {Mode}
 */
function chooseMode({ mode, thread }) {
  oneOf('mode', mode, ['shared', 'yielding', 'posted']);
  oneOf('thread', thread, ['worker', 'this']);
  const sharedMemory = hasSharedMemory();
  const stackSwitching = hasStackSwitching();
  const here = thread === 'this';
  const wanted = mode ?? (sharedMemory && !here ? 'shared' : stackSwitching ? 'yielding' : 'posted');
  if (here && wanted !== 'yielding')
    throw new WasmsigError(
      'ERR_START',
      'a guest in this thread needs stack switching (WebAssembly.Suspending), which this engine does not have: leave out thread: "this"',
    );
  if (wanted === 'shared' && !sharedMemory)
    throw new WasmsigError('ERR_START', `mode "shared" needs SharedArrayBuffer: ${HOW_TO_ISOLATE}`);
  if (wanted === 'yielding' && !stackSwitching)
    throw new WasmsigError(
      'ERR_START',
      'mode "yielding" needs stack switching (WebAssembly.Suspending), which this engine does not have',
    );
  return wanted;
}

/** @param {string} option @param {unknown} tree @throws {TypeError} */
function checkTree(option, tree) {
  if (typeof tree !== 'object' || tree === null || tree instanceof Uint8Array)
    throw wrong(option, 'an object of files and folders by their names', tree);
  for (const [name, node] of Object.entries(tree))
    if (typeof node !== 'string' && !(node instanceof Uint8Array)) checkTree(`${option}['${name}']`, node);
}

/** @param {SpawnOptions} options @throws {TypeError} */
function checkStreams({ stdin = 'ignore', stdout = 'inherit', stderr = 'inherit' }) {
  if (!(typeof stdin === 'string' || stdin instanceof Uint8Array || stdin instanceof ReadableStream))
    throw wrong('stdin', "'ignore', 'pipe', a text, bytes or a ReadableStream", stdin);
  if (stdin instanceof ReadableStream && stdin.locked)
    throw new TypeError('stdin is a stream that somebody reads already');
  for (const [name, one] of Object.entries({ stdout, stderr })) {
    if (typeof one === 'function' || one === 'inherit' || one === 'ignore' || one === 'pipe') continue;
    if (!(one instanceof WritableStream))
      throw wrong(name, "'inherit', 'ignore', 'pipe', a function or a WritableStream", one);
    if (one.locked) throw new TypeError(`${name} is a stream that somebody writes already`);
  }
  if (stdout instanceof WritableStream && stdout === stderr)
    throw new TypeError('stdout and stderr are the same stream, which only one of them can write');
}

/**
 * @param {SpawnOptions} options
 * @param {Link} link
 */
function connect({ stdin = 'ignore', terminal, ...options }, link) {
  /**
   * @type {{stdin: WritableStream<Uint8Array | string> | null, stdout: ReadableStream<Uint8Array> | null, stderr:
   *   ReadableStream<Uint8Array> | null}}
   */
  const own = { stdin: null, stdout: null, stderr: null };
  /** @type {import('./streams.js').InputSink | undefined} */ let input;
  /** @type {InputPump | undefined} */ let pump;
  /** @type {Uint8Array<ArrayBuffer> | undefined} */ let whole;
  if (stdin !== 'ignore') {
    input = link.backpressure
      ? new Input()
      : {
          write: (/** @type {Uint8Array} */ bytes) => {
            link.post({ type: 'input', bytes });
            return bytes.length;
          },
          end: () => link.post({ type: 'input' }),
        };
    const pipe = stdin === 'pipe' ? new TransformStream() : undefined;
    own.stdin = pipe?.writable ?? null;
    if (typeof stdin === 'string' && !pipe) whole = new TextEncoder().encode(stdin);
    if (stdin instanceof Uint8Array) whole = stdin;
    pump = new InputPump(
      input,
      pipe?.readable ??
        (whole ? new Blob([whole]).stream() : /** @type {ReadableStream<Uint8Array | string>} */ (stdin)),
      { terminal },
    );
  }
  const outputs = [undefined, output('stdout', console.log), output('stderr', console.error)];

  /** @param {'stdout' | 'stderr'} which @param {(line: string) => void} log */
  function output(which, log) {
    const wanted = options[which] ?? 'inherit';
    if (wanted === 'ignore') return undefined;
    if (wanted === 'inherit') return toConsole(log);
    if (typeof wanted === 'function') return toFunction(wanted);
    if (wanted !== 'pipe') return toStream(wanted, false);
    const pipe = new TransformStream();
    own[which] = pipe.readable;
    return toStream(pipe.writable, true);
  }

  return {
    own,
    input,
    streams: {
      wantInput: (/** @type {() => void} */ wake) => pump?.want(wake),
      giveInput() {
        if (!whole) return pump?.want(() => {});
        input?.write(whole);
        input?.end();
      },
      output: (/** @type {number} */ fd, /** @type {Uint8Array} */ bytes, /** @type {() => void} */ wake) => {
        const taken = () => {
          if (link.backpressure) link.backpressure.remove(bytes.length);
          else link.post({ type: 'written', length: bytes.length });
          wake();
        };
        const stream = outputs[fd];
        if (stream) stream.write(bytes).then(taken, taken);
        else taken();
      },
      close: (/** @type {Error | undefined} */ failure) => {
        pump?.close();
        outputs.forEach((stream) => stream?.close(failure));
      },
    },
  };
}
