// The machine's own compiler and CMake.

import { aptInstall } from '../lib/apt.mjs';
import { which } from '../lib/run.mjs';

/**
 * @typedef {object} Native
 * @property {string} cc
 * @property {string} cxx
 * @property {string} cmake
 * @property {string} ctest
 * @property {'Ninja' | 'Unix Makefiles'} generator what this machine can build with, Ninja preferred
 */

export const name = 'native';

/**
 * @param {import('../setup.mjs').Context} context
 * @returns {Native | undefined}
 */
export function locate({ env }) {
  const first = (/** @type {(string | undefined)[]} */ ...names) =>
    names.map((program) => program && which(program, env)).find(Boolean);
  const cc = first(env.CC, 'gcc', 'clang', 'cc');
  const cxx = first(env.CXX, 'g++', 'clang++', 'c++');
  const [cmake, ctest, ninja, make] = ['cmake', 'ctest', 'ninja', 'make'].map((program) => which(program, env));
  if (!cc || !cxx || !cmake || !ctest || !(ninja || make)) return undefined;
  return { cc, cxx, cmake, ctest, generator: ninja ? 'Ninja' : 'Unix Makefiles' };
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  await aptInstall(context, name, ['g++', 'cmake', 'make', 'ninja-build']);
}

/** @param {Native} found */
export function cmakeVariables(found) {
  return { NATIVE_CC: found.cc, NATIVE_CXX: found.cxx };
}
