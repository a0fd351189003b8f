// @ts-check
/** What a process can be told, and when it hears of it: the difference between the modes, in words that a program can test. */

import { hasSharedMemory, hasStackSwitching } from '../engine/features.js';

/**
 * How a guest hears of signals.
 *
 * 'shared': senders write into its own memory. 'synced': into memory of the host that is shared with the guest's agent; the guest asks.
 * 'yielding': senders post messages; with stack switching the guest gives way to its event loop every few milliseconds, and when it waits.
 * 'posted': senders post messages, which are taken before the program starts and when it has returned to its event loop.
 * 'none': the program has no wasmsig library.
 * @typedef {'shared' | 'synced' | 'yielding' | 'posted' | 'none'} Mode
 */

/**
 * @typedef {object} Capabilities
 * @property {Mode} mode
 * @property {'loops' | 'calls' | 'idle' | 'none'} interrupts  what a signal from outside interrupts. 'loops': any computation and any waiting. 'calls': waiting, and
 *   whatever looks for signals (raise, sigprocmask, wsig_poll). 'idle': nothing; it is taken when the program is idle. 'none': only default actions that
 *   terminate, and SIGKILL, which ends a guest in every mode at once (on a page's own thread: at its next look)
 * @property {'loops' | 'calls' | 'none'} timers  what alarm() and setitimer() interrupt
 * @property {'signals' | 'time' | 'none'} waits  what ends a wait, besides its own time limit and input: 'signals': any; 'time': timers only, and a wait that nothing
 *   could end fails with EDEADLK
 * @property {boolean} sharedMemory    of this agent: SharedArrayBuffer can be posted
 * @property {boolean} stackSwitching  of this agent: WebAssembly.Suspending
 * @property {string} advice           what would give more; empty where there is no more
 */

const ISOLATE = 'serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
const INSTRUMENT = 'give the program safe points (instrument: true)';
const LINK = 'link the program with the wasmsig library';

/**
 * @param {Mode} mode
 * @param {boolean} looks  whether the program looks for signals in its loops
 * @returns {Capabilities}
 */
export function capabilitiesOf(mode, looks) {
  const sharedMemory = hasSharedMemory();
  const stackSwitching = hasStackSwitching();
  const reach = mode === 'none' ? 'none' : looks ? 'loops' : 'calls';
  const posted = mode === 'posted';
  const advice = mode === 'none' ? [LINK] : [!looks && INSTRUMENT, posted && !sharedMemory && (stackSwitching ? 'leave out mode: "posted"' : ISOLATE)].filter(Boolean);
  return {
    mode,
    interrupts: posted ? 'idle' : reach,
    timers: reach,
    waits: posted ? 'time' : mode === 'none' ? 'none' : 'signals',
    sharedMemory,
    stackSwitching,
    advice: advice.join('; '),
  };
}
