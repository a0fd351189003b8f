// @ts-check
// Compiles the kernels: one module each, so that one does not move the code of another.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const HERE = import.meta.dirname ?? new URL('.', import.meta.url).pathname;

export const KERNELS = Object.freeze(['lcg', 'sum', 'matmul', 'crc32', 'list', 'sort', 'fib', 'sha256']);

/**
 * @param {string} clang one that knows the target wasm32
 * @param {string} folder where the modules are put, as NAME.wasm
 * @returns {Map<string, Uint8Array>} by name, in the order of KERNELS
 */
export function buildKernels(clang, folder) {
  const flags = [
    '--target=wasm32',
    '-O2',
    '-std=c11',
    '-nostdlib',
    '-fno-builtin',
    '-matomics',
    '-mbulk-memory',
    '-Wl,--no-entry',
  ];
  return new Map(
    KERNELS.map((name) => {
      const file = join(folder, `${name}.wasm`);
      execFileSync(clang, [...flags, join(HERE, `${name}.c`), join(HERE, 'runtime.c'), '-o', file]);
      return [name, readFileSync(file)];
    }),
  );
}
