// @ts-check
import { readFileSync } from 'node:fs';

export const packages = ['@ruby/3.4-wasm-wasi'];
export const does = '`loop {}`';

/** @param {import('../program.mjs').Access} access */
export async function open({ path, use }) {
  const { DefaultRubyVM } = await use('@ruby/wasm-wasi/dist/node');
  const module = await WebAssembly.compile(readFileSync(path('@ruby/3.4-wasm-wasi/dist/ruby.wasm')));
  const { vm } = await DefaultRubyVM(module);
  return {
    smoke: () => vm.eval('[[3, 1, 2].sort, 2 ** 70, "aa".gsub("a", "b")].inspect').toString(),
    long: () => vm.eval('loop {}'),
  };
}
