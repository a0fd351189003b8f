// pkg-config, which the tests ask for the flags of an installed library.

import { aptInstall } from '../lib/apt.mjs';
import { which } from '../lib/run.mjs';

/**
 * @typedef {object} Pkgconf
 * @property {string} program
 */

export const name = 'pkgconf';

/**
 * @param {import('../setup.mjs').Context} context
 * @returns {Pkgconf | undefined}
 */
export function locate({ env }) {
  const program = which('pkg-config', env) ?? which('pkgconf', env);
  return program ? { program } : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  await aptInstall(context, name, ['pkgconf']);
}

export function cmakeVariables() {
  return {};
}
