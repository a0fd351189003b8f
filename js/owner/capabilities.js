// @ts-check
/**
 * The capabilities of a process: what signals reach it, and when. They are the difference between the modes, in words
 * that a program can test.
 */

import { HOW_TO_ISOLATE, hasSharedMemory, hasStackSwitching } from '../engine/features.js';

/**
 * How signals reach a guest.
 *
 * 'shared': senders write to the guest's own memory. 'synced': senders write to host memory that is shared with the
 * guest's agent, and the guest fetches from there. 'yielding': senders post messages; with stack switching the guest
 * yields to its event loop every few milliseconds and whenever it waits. 'posted': senders post messages, which arrive
 * before the program starts and after it has returned to its event loop. 'none': the program has no wasmsig library.
 * @typedef {'shared' | 'synced' | 'yielding' | 'posted' | 'none'} Mode
 */

/**
 * @typedef {object} Capabilities
 * @property {Mode} mode
 * @property {'loops' | 'calls' | 'idle' | 'none'} interrupts what a signal from outside interrupts. 'loops': any
 *   computation and any wait. 'calls': waits, and calls that check for signals (raise, sigprocmask, wsig_poll). 'idle':
 *   nothing; a signal is taken when the program is idle. 'none': nothing. In mode 'none' it is stops alone that interrupt:
 *   'calls' then are those of its host. What ends a process by default, and SIGKILL, ends a guest in every mode (on a
 *   page's own thread: at its next check)
 * @property {'loops' | 'calls' | 'none'} timers what alarm() and setitimer() interrupt
 * @property {'signals' | 'time' | 'none'} waits what ends a wait, besides its own time limit and input. 'signals': any
 *   signal. 'time': timers only, and a wait that nothing could end fails with EDEADLK
 * @property {boolean} sharedMemory of this agent: SharedArrayBuffer can be posted
 * @property {boolean} stackSwitching of this agent: WebAssembly.Suspending exists
 * @property {string} advice what to change for better capabilities; empty if nothing would help
 */

/** @typedef {'loops' | 'calls' | 'none'} Reach where a program notices what it is sent */

const INSTRUMENT = 'give the program safe points (instrument: true)';
const LINK = 'link the program with the wasmsig library';

/**
 * @param {Mode} mode
 * @param {Reach} reach
 * @returns {Capabilities}
 */
export function capabilitiesOf(mode, reach) {
  const sharedMemory = hasSharedMemory();
  const stackSwitching = hasStackSwitching();
  const posted = mode === 'posted';
  const advice = [
    mode === 'none' && LINK,
    reach === 'calls' && INSTRUMENT,
    posted && !sharedMemory && (stackSwitching ? 'leave out mode: "posted"' : HOW_TO_ISOLATE),
  ].filter(Boolean);
  return {
    mode,
    interrupts: posted ? 'idle' : reach,
    timers: mode === 'none' ? 'none' : reach,
    waits: posted ? 'time' : mode === 'none' ? 'none' : 'signals',
    sharedMemory,
    stackSwitching,
    advice: advice.join('; '),
  };
}
