// @ts-check
// The page of ../browser.mjs: gives each order to a worker, which may wait and spin.

/** @param {{what: string, order: unknown, programs: Record<string, string>}} message */
function measure(message) {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message: text }) => resolve({ error: text || 'the worker could not be loaded' });
    worker.postMessage(message);
  });
}

Object.assign(globalThis, { measure });
