// @ts-check
import { readFileSync } from 'node:fs';

export const packages = ['esbuild-wasm'];
export const does = '100,000 functions made smaller';

export const known = {
  ended: 'most times it was ended, but Go computes in timers, too, where an error has no caller and ends the process',
};

/** @param {import('../program.mjs').Access} access */
export async function open({ path, use }) {
  const esbuild = await use('esbuild-wasm/esm/browser.js');
  const wasmModule = await WebAssembly.compile(readFileSync(path('esbuild-wasm/esbuild.wasm')));
  /** @type {any} */ (globalThis).self ??= globalThis; // that entry is for pages
  await esbuild.initialize({ wasmModule, worker: false });
  const source = Array.from({ length: 100_000 }, (_, i) => `export function f${i}(a) { return a + ${i} }`).join('\n');
  return {
    smoke: async () =>
      (await esbuild.transform('let x: number = 1 + 2; export { x }', { loader: 'ts', minify: true })).code,
    long: () => esbuild.transform(source, { minify: true }),
    recover: {
      how: '`esbuild.stop()` and `initialize()`',
      async call() {
        await esbuild.stop();
        await esbuild.initialize({ wasmModule, worker: false });
      },
    },
  };
}
