// @ts-check
/**
 * Waits for one turn of the event loop, and not with timers, which browsers clamp to 4 ms.
 * @returns {() => Promise<unknown>}
 */
export function yielder() {
  if (typeof setImmediate === 'function') return () => new Promise((resolve) => setImmediate(resolve));
  const { port1, port2 } = new MessageChannel();
  /** @type {(value?: unknown) => void} */
  let turn = () => {};
  port1.onmessage = () => turn();
  return () =>
    new Promise((resolve) => {
      turn = resolve;
      port2.postMessage(0);
    });
}
