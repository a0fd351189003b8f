// A Rust compiler with a WASI target, for the proof that the instrumenter takes what it emits. Not part of the usual set-up: nothing is built with it.

import { existsSync } from 'node:fs';

import { aptInstall } from '../lib/apt.mjs';
import { which } from '../lib/run.mjs';

const otherwise = 'set RUSTC to a rustc that has the target wasm32-wasip1 or wasm32-wasi';
const program = '/usr/bin/rustc';
const library = '/usr/lib/rustlib/wasm32-wasi/lib';

/**
 * @typedef {object} Rust
 * @property {string} rustc
 * @property {string[]} flags that it needs to link
 */

export const name = 'rust';
export const optional = true;

/**
 * @param {Pick<import('../setup.mjs').Context, 'env'>} context
 * @returns {Rust | undefined}
 */
export function locate({ env }) {
  if (env.RUSTC) return { rustc: env.RUSTC, flags: [] };
  const linker = which('wasm-ld-14', env);
  return linker && existsSync(program) && existsSync(library)
    ? { rustc: program, flags: ['-C', `linker=${linker}`, '-C', 'linker-flavor=wasm-ld'] }
    : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  await aptInstall(context, name, ['rustc', 'libstd-rust-dev-wasm32', 'lld-14'], otherwise);
}

export function cmakeVariables() {
  return {};
}
