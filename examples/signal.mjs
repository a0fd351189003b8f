// @ts-check
/**
 * A computation in JavaScript that ^C stops: Python's `signal` module in a worker thread. Run it, wait, type ^C.
 *
 *     node examples/signal.mjs
 */
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { Sender, forward } from 'wasmsig';
import signal, { KeyboardInterrupt } from 'wasmsig/signal';

if (isMainThread) {
  // Only the main thread of Node hears of real signals, so it passes them on, and has nothing else to do.
  const worker = new Worker(new URL(import.meta.url));
  worker.once('message', (handle) => {
    const bound = forward(Sender.from(handle), ['SIGINT']);
    worker.once('exit', bound.close);
    console.log('counting primes; stop it with ^C');
  });
} else {
  parentPort?.postMessage(signal.handle());
  let [number, primes] = [1, 0];
  try {
    for (;;) {
      if (isPrime(++number)) primes++;
      signal.checkSignals(); // a safe point: SIGINT's handler throws KeyboardInterrupt here
    }
  } catch (error) {
    if (!(error instanceof KeyboardInterrupt)) throw error;
    console.log(`interrupted: ${primes} primes up to ${number}`);
  }
}

/** @param {number} number */
function isPrime(number) {
  for (let factor = 2; factor * factor <= number; factor++) if (number % factor === 0) return false;
  return true;
}
