// @ts-check
import { readFileSync } from 'node:fs';

export const packages = ['esbuild-wasm'];
export const does = '100,000 functions made smaller';

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
      how: '`esbuild.stop()` and `initialize()`, which Go needs after any error',
      async call() {
        await esbuild.stop();
        await esbuild.initialize({ wasmModule, worker: false });
      },
    },
  };
}
