// The compiler that the SDKs made here share: Debian's clang 19 with its linker and wasm's compiler runtime.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { aptInstall } from '../lib/apt.mjs';
import { which } from '../lib/run.mjs';

const version = 19;
const packages = [`clang-${version}`, `lld-${version}`, `llvm-${version}`, `libclang-rt-${version}-dev-wasm32`];

/**
 * @typedef {object} Clang
 * @property {number} version
 * @property {string} bin the folder of all of these
 * @property {string} resources clang's own headers and runtime libraries
 * @property {string} clang
 * @property {string} clangxx
 * @property {string} wasmLd
 * @property {string} ar
 * @property {string} ranlib
 * @property {string} nm
 * @property {string} strip
 * @property {string} objdump
 */

export const name = 'clang';

/** @returns {Clang | undefined} */
export function locate() {
  const tool = (/** @type {string} */ program) => which(`${program}-${version}`);
  const clang = tool('clang');
  const [clangxx, wasmLd, ar, ranlib, nm, strip, objdump] = [
    'clang++',
    'wasm-ld',
    'llvm-ar',
    'llvm-ranlib',
    'llvm-nm',
    'llvm-strip',
    'llvm-objdump',
  ].map(tool);
  if (!clang || !clangxx || !wasmLd || !ar || !ranlib || !nm || !strip || !objdump) return undefined;
  const bin = dirname(clang);
  const resources = join(bin, '..', 'lib', `llvm-${version}`, 'lib', 'clang', String(version));
  if (!existsSync(join(resources, 'lib', 'wasi', 'libclang_rt.builtins-wasm32.a'))) return undefined;
  return { version, bin, resources, clang, clangxx, wasmLd, ar, ranlib, nm, strip, objdump };
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  await aptInstall(context, name, packages, 'set WASI_SDK_PATH and EMSDK to SDKs of your own');
}

/** @param {Clang} found */
export function cmakeVariables(found) {
  return {
    CLANG: found.clang,
    CLANGXX: found.clangxx,
    LLVM_AR: found.ar,
    LLVM_RANLIB: found.ranlib,
    LLVM_NM: found.nm,
    LLVM_STRIP: found.strip,
    WASM_LD: found.wasmLd,
  };
}
