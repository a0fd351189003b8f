// What formats and checks C and C++ (npm run check).

import { aptInstall } from '../lib/apt.mjs';
import { which } from '../lib/run.mjs';

/**
 * @typedef {object} Lint
 * @property {string} format  clang-format
 * @property {string} tidy    clang-tidy
 */

export const name = 'lint';

/** Other versions format otherwise. */
const VERSION = 19;

/**
 * @param {Pick<import('../setup.mjs').Context, 'env'>} context
 * @returns {Lint | undefined}
 */
export function locate({ env }) {
  const format = env.CLANG_FORMAT ?? which(`clang-format-${VERSION}`, env);
  const tidy = env.CLANG_TIDY ?? which(`clang-tidy-${VERSION}`, env);
  return format && tidy ? { format, tidy } : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  const programs = ['clang-format', 'clang-tidy'].map((program) => `${program}-${VERSION}`);
  await aptInstall(
    context,
    name,
    programs,
    `set CLANG_FORMAT and CLANG_TIDY to the paths of version ${VERSION} of them`,
  );
}

export function cmakeVariables() {
  return {};
}
