// @ts-check
/** What spawn() is made of on every platform. */

/** The host as a sender; guests count from 2. */
export const HOST_PID = 1;
let lastPid = HOST_PID;

/** @returns {number} 2 .. 2^24-1, again from the start after that */
export function nextPid() {
  lastPid = lastPid >= 0xffffff ? HOST_PID + 1 : lastPid + 1;
  return lastPid;
}

/**
 * Sends `killSignal` when the AbortSignal aborts, or after the time.
 * @param {import('./process.js').Process} guest
 * @param {{signal?: AbortSignal, timeout?: number}} options
 * @param {number} killSignal
 */
export function bindAbort(guest, { signal, timeout }, killSignal) {
  const stop = () => void guest.kill(killSignal);
  const timer = timeout === undefined ? undefined : setTimeout(stop, timeout);
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  const release = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  };
  guest.exited.then(release, release);
}
