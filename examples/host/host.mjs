// @ts-check
/**
 * A whole host in one file, written from docs/host-abi.md alone: it runs a WASI program that is linked with wasmsig,
 * in Node's main thread, with node:wasi. Signals come from the command line: each so long after the one before, and not
 * before the program has asked for that. The first counts from the program's first output, before which it may have no
 * handlers.
 *
 *     node examples/host/host.mjs [--send MILLISECONDS:SIGNAL]... program.wasm [argument]...
 *     node examples/host/host.mjs --send 100:SIGUSR1 --send 50:SIGTERM program.wasm
 *
 * The program and its host share one thread and no memory (synced mode), so the host acts when the program calls it: a
 * computation without calls needs `wasmsig instrument --memory keep`. The two never run at the same time, so all
 * accesses to the block are plain. Not here: signals that end a wait inside of WASI (node:wasi holds the thread; they
 * come after it), descriptors of processes, damaged blocks.
 */
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const NAMES = `HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP`.split(
  ' ',
);
const [CONT, STOP, TTOU, RTMIN, RTMAX] = [18, 19, 22, 35, 64];
const STOPS = 0b1111 << (STOP - 1);
const [SI_USER, SI_QUEUE] = [0, 1];
const [EPERM, ESRCH, EAGAIN, EINVAL] = [1, 3, 11, 22];
const [VERSION, MAGIC, WORDS, CELLS] = [3, 0x47495357, 2240, 1024];
const [PID, PPID] = [2, 1];
const NEVER = Number.POSITIVE_INFINITY;
const [BELL_SIGNALS, BELL_TIMER] = [1, 2];
/** Words of the block. */
const W = { pid: 4, doorbell: 16, ring: 17, bits: 64, sent: 66, tail: 144, cell: 192 };

/** @typedef {{signo: number, code: number, pid: number, value: number}} Sent */

/** @type {{delay: number, signo: number}[]} */ const plan = [];
const args = process.argv.slice(2);
while (args[0] === '--send') {
  const [delay, name] = (args.splice(0, 2)[1] ?? '').split(':');
  const signo = Number(name) || NAMES.indexOf(String(name).replace(/^SIG/, '')) + 1;
  if (!(Number(delay) >= 0) || !isSignal(signo)) throw new Error('usage: --send MILLISECONDS:SIGNAL');
  plan.push({ delay: Number(delay), signo });
}

/** Sent, and not asked for yet. With one thread, a list does what the host block is for. @type {Sent[]} */
const queue = [];
let [doorbell, ring, address, killed] = [0, 0, 0, 0];
/** In milliseconds of performance.now(): when to ring for a timer, and what the next delay counts from. */
let [deadline, since] = [NEVER, NEVER];
const asleep = new Int32Array(new SharedArrayBuffer(4));

/** @param {number} signo */
function isSignal(signo) {
  return (signo >= 1 && signo <= 31) || (signo >= RTMIN && signo <= RTMAX);
}

/** @param {number} bit */
function toll(bit) {
  doorbell |= bit;
  ring = (ring + 1) | 0; // the program's thread counts as a waiter for as long as it lives
}

/** @param {number} signo @param {number} code @param {number} pid @param {number} value */
function send(signo, code, pid, value) {
  if (signo >= RTMIN && queue.length >= CELLS) return EAGAIN;
  queue.push({ signo, code, pid, value });
  toll(BELL_SIGNALS);
  return 0;
}

/** Does what the clock says is due by now. */
function tick() {
  const now = performance.now();
  if (plan.length && !queue.length && since + plan[0].delay <= now) {
    send(plan[0].signo, SI_USER, PPID, 0);
    plan.shift();
    since = now;
  }
  if (deadline > now) return;
  deadline = NEVER;
  toll(BELL_TIMER);
}

/** The guest block; a new view each time, because memory that grows has a new buffer. */
function block() {
  return new Int32Array(/** @type {WebAssembly.Memory} */ (instance.exports.memory).buffer, address, WORDS);
}

/**
 * Sends into the guest block. False: its ring of real-time signals is full.
 * @param {Int32Array} words @param {Sent} sent
 */
function put(words, { signo, code, pid, value }) {
  if (signo >= RTMIN) {
    const tail = words[W.tail] >>> 0;
    const cell = W.cell + 2 * (tail % CELLS);
    if (words[cell] !== 0 || words[cell + 1] >>> 0 !== tail) return false;
    const queued = code === SI_QUEUE;
    const lap = (tail / CELLS) & 1;
    words[cell] = (1 << 31) | (lap << 30) | (Number(queued) << 29) | ((signo - 33) << 24) | pid;
    words[cell + 1] = queued ? value : code;
    words[W.tail] = tail + 1;
    return true;
  }
  const bit = 1 << (signo - 1);
  const at = W.sent + 2 * (signo - 1);
  const before = words[W.bits];
  const ordered = signo >= CONT && signo <= TTOU;
  const undone = signo === CONT ? before & STOPS : 0;
  if (ordered ? !(before & bit) || undone : words[at] === 0) {
    words[at] = (1 << 30) | (code << 24) | pid;
    words[at + 1] = code === SI_QUEUE ? value : 0;
  }
  words[W.bits] = (before & ~undone) | bit | (undone ? 1 << 31 : 0);
  return true;
}

const wasmsig = {
  /** @param {number} version @param {number} at */
  attach(version, at) {
    if (version !== VERSION)
      throw new Error(`the program speaks version ${version} of the ABI, and this host ${VERSION}`);
    address = at;
    const words = block();
    if (!(words.buffer instanceof ArrayBuffer))
      throw new Error('its memory is shared, and this host cannot ring there');
    words.fill(0);
    for (let i = 0; i < CELLS; ++i) words[W.cell + 2 * i + 1] = i;
    words.set([VERSION, WORDS], 1);
    words.set([PID, PPID, process.getuid?.() ?? 0, 1], W.pid);
    words[0] = MAGIC;
    return 0; // synced mode
  },
  sync() {
    tick();
    const words = block();
    words[W.ring] = ring;
    while (queue.length && put(words, queue[0])) queue.shift();
    const moved = doorbell;
    words[W.doorbell] |= moved;
    doorbell = queue.length ? BELL_SIGNALS : 0;
    return moved;
  },
  /** @param {number} value @param {number} timeout nanoseconds */
  wait(value, timeout) {
    const end = timeout < 0 ? NEVER : performance.now() + timeout / 1e6;
    for (;;) {
      tick();
      if (ring !== value) return 0;
      const now = performance.now();
      if (now >= end) return 1;
      Atomics.wait(asleep, 0, 0, Math.min(end, deadline, plan.length ? since + plan[0].delay : end) - now);
    }
  },
  /** @param {number} delay nanoseconds */
  arm(delay) {
    deadline = delay < 0 ? NEVER : performance.now() + delay / 1e6;
  },
  /** @param {number} signo */
  exit(signo) {
    if (isSignal(signo)) killed = signo;
  },
  /** @param {number} signo */
  stop(signo) {
    console.error(signo ? `stopped by ${nameOf(signo)}` : 'continued');
  },
  /** @param {number} pid @param {number} signo @param {number} code @param {number} value */
  send(pid, signo, code, value) {
    if (signo !== 0 && !isSignal(signo)) return EINVAL;
    if (pid !== PID) return pid === PPID ? EPERM : ESRCH;
    return signo ? send(signo, code, PID, value) : 0;
  },
};

/** @param {number} signo */
function nameOf(signo) {
  return signo <= NAMES.length ? `SIG${NAMES[signo - 1]}` : `signal ${signo}`;
}

const wasi = new WASI({ version: 'preview1', args, returnOnExit: true });
/** Every call delivers before it returns. A handler may leave by a jump through these frames, which keep nothing. */
const calls = Object.entries(/** @type {Record<string, (...args: any[]) => number>} */ (wasi.wasiImport)).map(
  ([name, call]) => [
    name,
    (/** @type {any[]} */ ...operands) => {
      const result = call(...operands);
      if (name === 'fd_write') since = Math.min(since, performance.now());
      tick();
      if (address && doorbell) /** @type {() => number} */ (instance.exports.wasmsig_deliver)();
      return result;
    },
  ],
);
const imports = { wasmsig, wasi_snapshot_preview1: Object.fromEntries(calls) };
const { instance } = await WebAssembly.instantiate(await readFile(args[0]), imports);
try {
  process.exitCode = /** @type {number} */ (/** @type {unknown} */ (wasi.start(instance)));
} catch (error) {
  if (!killed) throw error;
}
if (killed) {
  console.error(`killed by ${nameOf(killed)}`);
  process.exitCode = 128 + killed;
}
