// @ts-check
// The other side of the raw limits in a page: guests/raw.c.
addEventListener('message', ({ data: { memory, module, mode } }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  postMessage('ready');
  /** @type {Record<string, () => void>} */ (/** @type {unknown} */ (exports))[mode]();
});
