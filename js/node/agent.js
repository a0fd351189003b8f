// @ts-check
/**
 * The guest's worker: creates its ProgramHost, runs the program in it and reports how it ended. Started by
 * js/node/spawn.js only.
 */

import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import * as ERRNO from '../abi/errno.js';
import { WasmsigError } from '../engine/errors.js';
import { ProgramHost } from '../guest/program_host.js';
import { Input } from '../link/input.js';
import { Backpressure } from '../link/backpressure.js';
import { Peers } from '../link/peers.js';
import { SendingQueue } from '../link/sending_queue.js';
import { reportFailure } from '../guest/report_failure.js';
import { Sender } from '../link/sender.js';
import { runSteps } from '../engine/maybe_async.js';
import { describeNoWasm, isWasm } from '../guest/wasm_header.js';
import { unblockedWriter, writeAll } from './inherited.js';
import { Loading } from './loading.js';
import { keepOwnTime } from './timekeeper.js';

/**
 * @typedef {object} Start
 * @property {SharedArrayBuffer} block
 * @property {SharedArrayBuffer} timekeeperWord
 * @property {SharedArrayBuffer} [kept]
 * @property {{buffer: SharedArrayBuffer, terminal: boolean} | undefined} input
 * @property {SharedArrayBuffer} output back-pressure of its output
 * @property {SharedArrayBuffer} messages back-pressure of the other messages
 * @property {SharedArrayBuffer} loading of this agent
 * @property {boolean[]} piped
 * @property {(import('./inherited.js').Output | undefined)[]} inherited outputs that are this process's own
 * @property {SharedArrayBuffer} granted the pids to which the guest may send
 * @property {import('node:worker_threads').MessagePort} peers answers to signals that it sent through the owner
 * @property {string} name of the program, for messages
 * @property {string | undefined} path
 * @property {Uint8Array | undefined} bytes
 * @property {WebAssembly.Module | undefined} module
 * @property {boolean} emscripten
 * @property {false | {memory?: 'shared' | 'keep'}} instrument
 * @property {string[]} args
 * @property {Record<string, string>} env
 * @property {Record<string, string>} dirs
 */

/** @typedef {{start: Start, host: ProgramHost, load: (path?: string) => Promise<Uint8Array>}} Job */

const owner = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);

const loading = new Loading(workerData.loading);

/** @param {Start} start */
async function main(start) {
  const output = new Backpressure(start.output);
  const messages = new Backpressure(start.messages);
  const post = (/** @type {import('../guest/host_imports.js').Message} */ message) => {
    messages.waitForRoom();
    messages.add();
    owner.postMessage(message);
  };
  const writers = await Promise.all(start.inherited.map((output) => output && unblockedWriter(output)));
  const hostBlock = SendingQueue.open(start.block);
  /** @type {ProgramHost} */
  const host = new ProgramHost({
    queue: hostBlock,
    post,
    timekeeperWord: start.timekeeperWord,
    kept: start.kept,
    apart: true,
    keepTime: (queue) => start.kept && keepOwnTime(loading, start.timekeeperWord, hostBlock, queue, start.kept),
    input: start.input && new Input(start.input),
    isTerminal: (fd) => !start.piped[fd] && isatty(fd),
    write: (fd, bytes, nonBlocking) => {
      const write = writers[fd];
      return runSteps(
        write
          ? writeAll(host, write, bytes, nonBlocking)
          : output.write(host, (message) => owner.postMessage(message), fd, bytes, nonBlocking),
      );
    },
    room: () => output.room,
    peer: peers(start, messages, post),
  });
  try {
    /** @type {Job} */
    const job = { start, host, load: (path) => load(start, path) };
    const { run } = await (start.emscripten ? import('./run_emscripten.js') : import('./run_wasi.js'));
    loading.end();
    const code = await run(job);
    if (!host.killed) host.exited(code);
  } catch (error) {
    await reportFailure(host, post, error, start.name);
  }
}

/**
 * The program's bytes, instrumented if the options ask for it.
 * @param {Start} start
 * @param {string} [path] if it is not the program's own file
 */
async function load(start, path = start.path) {
  let bytes = start.bytes;
  if (!bytes) {
    try {
      bytes = readFileSync(/** @type {string} */ (path));
    } catch (error) {
      throw new WasmsigError(
        'ERR_START',
        `${start.name}: ${/** @type {any} */ (error).code === 'ENOENT' ? 'no such file' : /** @type {Error} */ (error).message}`,
      );
    }
  }
  if (!isWasm(bytes)) throw new WasmsigError('ERR_START', `${start.name}: ${describeNoWasm(bytes)}`);
  if (!start.instrument) return bytes;
  loading.begin();
  const { instrumentSync } = await import('../instrument/index.js');
  const { cached } = await import('./instrument_cache.js');
  loading.end();
  const options = start.instrument;
  try {
    return cached(bytes, options, () => instrumentSync(bytes, options).bytes);
  } catch (error) {
    throw new WasmsigError('ERR_START', `${start.name}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}

/**
 * The peers to which this guest may send. The first signal to a peer goes through the owner, and this agent waits for
 * the answer, so no signal is silently lost or overtaken. The answer carries the peer's handle, with which further
 * signals go there directly.
 * @param {Start} start
 * @param {Backpressure} messages
 * @param {(message: import('../guest/host_imports.js').Message) => void} post
 */
function peers({ granted, peers: port, block }, messages, post) {
  const allowed = new Peers(granted);
  const self = SendingQueue.open(block).pid;
  /** @type {Map<number, Sender>} */
  const direct = new Map();
  /** @param {number} pid @param {number} signo @param {any} info */
  const overOwner = (pid, signo, { code, value }) => {
    post({ type: 'send', pid, signo, code, value });
    messages.waitForNone();
    /** @type {import('../owner/process.js').Peer | undefined} */
    const answer = receiveMessageOnPort(port)?.message;
    for (const known of direct.keys()) if (!allowed.has(known)) direct.delete(known);
    if (answer?.handle) direct.set(pid, Sender.from(answer.handle, { pid: self }));
    return answer?.errno ?? ERRNO.ESRCH;
  };
  /** @param {number} pid @param {number} signo @param {object} info */
  const send = (pid, signo, info) => {
    const errno = direct.get(pid)?.send(signo, info) ?? (signo === 0 ? 0 : overOwner(pid, signo, info));
    // EIO: the block is damaged. The owner finds the same, and ends the peer.
    return errno === ERRNO.EIO ? overOwner(pid, signo, info) : errno;
  };
  return (/** @type {number} */ pid) =>
    allowed.has(pid)
      ? { send: (/** @type {number} */ signo, /** @type {object} */ info) => send(pid, signo, info) }
      : undefined;
}

// Not awaited: a program that has nothing left to wait for ends as a script of Node does, with 0.
void main(workerData);
