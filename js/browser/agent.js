// @ts-check
/**
 * The agent of a guest in a browser: creates its ProgramHost, runs the program in it and reports how it ended. It
 * receives its orders as messages, in a worker (worker.js) or, with stack switching, in the page's own thread.
 */

import { LAST_STANDARD } from '../abi/index.js';
import * as ERRNO from '../abi/errno.js';
import { WasmsigError } from '../engine/errors.js';
import { ProgramHost } from '../guest/program_host.js';
import { Input } from '../link/input.js';
import { LocalQueue } from '../link/local_queue.js';
import { Backpressure } from '../link/backpressure.js';
import { Queue } from '../link/queue.js';
import { reportFailure } from '../guest/report_failure.js';
import { runSteps } from '../engine/maybe_async.js';
import { describeNoWasm, isWasm } from '../guest/wasm_header.js';
import { yielder } from '../engine/event_loop_turn.js';
import { LocalInput } from '../link/local_input.js';
import { Peers } from '../link/peers.js';

/** @typedef {{[name: string]: string | Uint8Array | Tree}} Tree files and folders by their names */

/**
 * @typedef {object} Start
 * @property {import('../link/queue.js').Header} header
 * @property {SharedArrayBuffer} [block] this and the next six are present with shared memory; without it, messages take
 *   their place
 * @property {SharedArrayBuffer} [timekeeperWord]
 * @property {SharedArrayBuffer} [kept]
 * @property {SharedArrayBuffer} [input]
 * @property {SharedArrayBuffer} [backpressure] of its output
 * @property {SharedArrayBuffer} [messages] back-pressure of the other messages
 * @property {SharedArrayBuffer} [answer] to the last signal that it sent to another guest: an errno number, or
 *   NO_ANSWER
 * @property {ArrayBufferLike} peers
 * @property {boolean} yields with stack switching
 * @property {boolean} hasInput
 * @property {boolean} terminal
 * @property {string} name
 * @property {boolean} emscripten
 * @property {false | {memory?: 'shared' | 'keep'}} instrument
 * @property {string[]} args
 * @property {Record<string, string>} env
 * @property {Record<string, Tree>} dirs
 */

/** @typedef {{url?: string, bytes?: Uint8Array<ArrayBuffer>, module?: WebAssembly.Module}} Program */

/**
 * @typedef {{type: 'start', start: Start}
 *   | {type: 'program', program: Program}
 *   | {type: 'signal', signo: number, info: object}
 *   | {type: 'ring', bits: number}
 *   | {type: 'hold', signo: number}
 *   | {type: 'input', bytes?: Uint8Array}
 *   | {type: 'written', length: number}
 *   | {type: 'seen'}
 *   | {type: 'peer', pid: number, gone: boolean}
 *   | {type: 'answer', errno: number}
 *   | {type: 'end'}} Order
 */

/** @typedef {import('../guest/host_imports.js').Message} Message */

/**
 * @typedef {object} Job
 * @property {Start} start
 * @property {Program} program
 * @property {ProgramHost} host
 * @property {(url?: string, mayLack?: boolean) => Promise<Uint8Array<ArrayBuffer> | undefined>} load undefined: there is no
 *   such file
 */

const NO_ANSWER = -1;

export class Agent {
  #start;
  #post;
  #queue;
  #input;
  #backpressure;
  #messages;
  #peers;
  /** @type {ProgramHost} */ #host;
  /** @type {((errno: number) => void)[]} resolvers of sends that wait for an answer */ #asked = [];
  /**
   * @type {Message | undefined} a report of a stop or continue that is deferred until there is room for more messages
   */
  #late;
  /** The number of signals that came by message. */ #received = 0;

  /**
   * @param {Start} start
   * @param {(message: any) => void} post to the owner
   */
  constructor(start, post) {
    this.#start = start;
    this.#post = post;
    this.#queue = start.block ? Queue.open(start.block) : LocalQueue.create(start.header);
    this.#input = !start.hasInput
      ? undefined
      : start.input
        ? new Input({ buffer: start.input, terminal: start.terminal })
        : new LocalInput(start.terminal);
    this.#backpressure = new Backpressure(start.backpressure ?? new ArrayBuffer(4));
    this.#messages = new Backpressure(start.messages ?? new ArrayBuffer(4));
    this.#peers = new Peers(start.peers);
    this.#host = new ProgramHost({
      queue: this.#queue,
      post: (message) => this.#tell(message),
      timekeeperWord: start.timekeeperWord,
      kept: start.kept,
      apart: start.block !== undefined,
      yields: start.yields ? yielder() : undefined,
      input: this.#input,
      isTerminal: () => start.terminal,
      write: (fd, bytes) => runSteps(this.#backpressure.write(this.#host, post, fd, bytes)),
      room: () => this.#backpressure.room,
      peer: (pid) => (this.#peers.has(pid) ? { send: (signo, info) => this.#sendTo(pid, signo, info) } : undefined),
    });
  }

  /** @param {Order} order */
  receive(order) {
    switch (order.type) {
      case 'program':
        return void this.#run(order.program);
      case 'signal':
        this.#received++;
        this.#queue.send(order.signo, order.info); // it fits, because the owner counts
        return;
      case 'ring':
        return this.#queue.ring(order.bits);
      case 'hold':
        return this.#queue.hold(order.signo);
      case 'input':
        if (!(this.#input instanceof LocalInput)) return;
        if (order.bytes) this.#input.write(order.bytes);
        else this.#input.end();
        return;
      case 'written':
        return this.#backpressure.remove(order.length);
      case 'seen':
        return this.#seen();
      case 'answer':
        return this.#asked.shift()?.(order.errno);
      case 'peer':
        return order.gone ? this.#peers.remove(order.pid) : this.#peers.add(order.pid);
      case 'end':
        return this.#host.abandon();
    }
  }

  /** @param {Program} program */
  async #run(program) {
    const start = this.#start;
    try {
      /** @type {Job} */
      const job = { start, program, host: this.#host, load: (url, mayLack) => load(start, program, url, mayLack) };
      const code = await (start.emscripten
        ? (await import('./run_emscripten.js')).run(job)
        : (await import('./run_wasi.js')).run(job));
      if (!this.#host.killed) this.#host.exited(code);
    } catch (error) {
      await reportFailure(this.#host, (message) => this.#tell(message), error, start.name);
    }
  }

  /**
   * Posts a message that is not output. The owner may handle them more slowly than a guest produces them. With shared
   * memory the guest waits. Without it only reports of stops and continues could come without end, and of those the
   * latest is enough.
   * @param {Message} message
   */
  #tell(message) {
    if (this.#start.messages) this.#messages.waitForRoom();
    if (message.type === 'stopped') {
      this.#late = this.#messages.room ? undefined : message;
      if (this.#late) return;
    } else if (this.#late) {
      this.#say(this.#late);
      this.#late = undefined;
    }
    this.#say(message.type === 'drained' ? { ...message, count: this.#received } : message);
  }

  /** @param {object} message */
  #say(message) {
    this.#messages.add();
    this.#post(message);
  }

  #seen() {
    this.#messages.remove();
    if (this.#late) this.#tell(this.#late);
  }

  /**
   * Sends to another guest through the owner, and waits for the answer.
   * @param {number} pid
   * @param {number} signo
   * @param {import('../guest/host_imports.js').SentInfo} info
   * @returns {number | Promise<number>} an errno number
   */
  #sendTo(pid, signo, { code, value }) {
    if (signo === 0) return 0;
    const send = () => this.#tell({ type: 'send', pid, signo, code, value });
    const { answer, yields } = this.#start;
    if (yields) {
      send();
      return new Promise((resolve) => this.#asked.push(resolve));
    }
    if (answer) {
      const word = new Int32Array(answer);
      Atomics.store(word, 0, NO_ANSWER);
      send();
      while (Atomics.load(word, 0) === NO_ANSWER) Atomics.wait(word, 0, NO_ANSWER);
      return Atomics.load(word, 0);
    }
    // The answer could arrive only after the program's end. A standard signal always has room; whether a real-time
    // signal has is unknown here.
    if (signo > LAST_STANDARD || !this.#messages.room) return ERRNO.EAGAIN;
    send();
    return 0;
  }
}

/**
 * The program's bytes, instrumented if the options ask for it.
 * @param {Start} start
 * @param {Program} program
 * @param {string} [url] if it is not the program's own file
 * @param {boolean} [mayLack] whether that there is no such file is no error
 */
async function load(start, program, url = program.url, mayLack = false) {
  const bytes = program.bytes ?? (await download(/** @type {string} */ (url), start.name, mayLack));
  if (!bytes) return undefined;
  if (!isWasm(bytes)) throw new WasmsigError('ERR_START', `${start.name}: ${describeNoWasm(bytes)}`);
  if (!start.instrument) return bytes;
  const { instrument } = await import('../instrument/index.js');
  const { stored } = await import('./stored_modules.js');
  const options = start.instrument;
  try {
    return await stored(bytes, options, async () => (await instrument(bytes, options)).bytes);
  } catch (error) {
    throw new WasmsigError('ERR_START', `${start.name}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}

/**
 * @param {string} url
 * @param {string} name
 * @param {boolean} mayLack
 */
async function download(url, name, mayLack) {
  const response = await fetch(url).catch((error) => {
    throw new WasmsigError('ERR_START', `${name}: ${url} cannot be fetched: ${error.message}`);
  });
  if (mayLack && response.status === 404) return undefined;
  if (!response.ok)
    throw new WasmsigError('ERR_START', `${name}: ${url} cannot be fetched: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
