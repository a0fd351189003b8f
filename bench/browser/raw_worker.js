// @ts-check
// The other side of the raw limits in a page: guests/raw.c.
addEventListener('message', ({ data: { memory, module, mode } }) => {
  const clock_time_get = (/** @type {number} */ _clock, /** @type {bigint} */ _precision, /** @type {number} */ at) => {
    new DataView(memory.buffer).setBigInt64(at, BigInt(Math.round(performance.now() * 1e6)), true); // as WASI in pages does; ours reads it too
    return 0;
  };
  const { exports } = new WebAssembly.Instance(module, { env: { memory }, wasi_snapshot_preview1: { clock_time_get } });
  postMessage('ready');
  /** @type {Record<string, () => void>} */ (/** @type {unknown} */ (exports))[mode]();
});
