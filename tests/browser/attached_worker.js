// @ts-check
import { run } from './attached.js';

addEventListener(
  'message',
  async ({ data }) => {
    const exit = await run(
      data,
      (text) => postMessage({ text }),
      (process) =>
        postMessage({ mode: process.mode, handle: globalThis.crossOriginIsolated ? process.handle() : undefined }),
    );
    postMessage({ exit: { code: exit.code, signal: exit.signal, ...(exit.error && { error: exit.error.message }) } });
  },
  { once: true },
);
