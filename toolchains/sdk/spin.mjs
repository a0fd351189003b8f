// The model checker that proves the protocol (tests/judges/model).

import { aptInstall } from '../lib/apt.mjs';
import { which } from '../lib/run.mjs';

/**
 * @typedef {object} Spin
 * @property {string} program
 */

export const name = 'spin';

/**
 * @param {Pick<import('../setup.mjs').Context, 'env'>} context
 * @returns {Spin | undefined}
 */
export function locate({ env }) {
  const program = env.SPIN ?? which('spin', env);
  return program ? { program } : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  await aptInstall(context, name, ['spin'], 'set SPIN to the path of Spin 6.5.2 or later (https://spinroot.com)');
}

export function cmakeVariables() {
  return {};
}
