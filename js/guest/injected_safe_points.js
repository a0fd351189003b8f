// @ts-check
/**
 * The safe points of a program that is not linked with the library: `instrument` has injected a small runtime, and its
 * host gives that the function which the next check calls. The program has no handlers, so all that a check does is to
 * obey its owner (ObeyingHost.obey), and with stack switching to let the event loop run.
 */

import { SET_SAFE_POINT } from '../abi/set_safe_point.js';
import { CheckInterval } from '../engine/check_interval.js';
import { now } from '../engine/clock.js';
import { suspendingTrampoline, trampoline } from '../engine/trampoline.js';

/**
 * Whether a module has an injected runtime.
 * @param {WebAssembly.Module} module
 */
export function isInjected(module) {
  return WebAssembly.Module.exports(module).some(({ name, kind }) => name === SET_SAFE_POINT && kind === 'function');
}

/**
 * @param {import('./obeying_host.js').ObeyingHost} host
 * @param {WebAssembly.Exports} exports of an instance with an injected runtime
 */
export function obeyAtSafePoints(host, exports) {
  const set = /** @type {(check: Function) => void} */ (exports[SET_SAFE_POINT]);
  const interval = new CheckInterval();
  if (!host.yields) {
    return set(
      trampoline(() => {
        host.obey();
        return interval.next(now());
      }),
    );
  }
  // The engine suspends in another function than in one that only looks, which is the faster one.
  const look = trampoline(() => {
    if (!host.wantsTurn) return interval.next(now());
    set(wait);
    return 0;
  });
  const done = () => {
    set(look);
    return 0;
  };
  const wait = suspendingTrampoline(async () => {
    await host.obey();
    return done();
  }, done);
  set(look);
}
