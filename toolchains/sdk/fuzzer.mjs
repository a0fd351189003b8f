// What clang needs to build a native program with libFuzzer and the sanitizers (npm run fuzz).

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { aptInstall } from '../lib/apt.mjs';
import * as clang from './clang.mjs';

/**
 * @typedef {object} Fuzzer
 * @property {string} library libFuzzer
 */

export const name = 'fuzzer';

export const needs = () => [clang.name];

/** How clang names the machine's processor. */
const PROCESSOR = /** @type {Record<string, string>} */ ({ x64: 'x86_64', arm64: 'aarch64' })[process.arch];

/** @returns {Fuzzer | undefined} */
export function locate() {
  const found = clang.locate();
  if (!found) return undefined;
  const library = join(found.resources, 'lib', 'linux', `libclang_rt.fuzzer-${PROCESSOR}.a`);
  return existsSync(library) ? { library } : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  await aptInstall(context, name, ['libclang-rt-19-dev'], 'run what needs no fuzzer');
}

export function cmakeVariables() {
  return {};
}
