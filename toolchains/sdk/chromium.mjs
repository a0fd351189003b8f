// A Chromium for the tests in a browser. Where there is none and it cannot be installed those tests are skipped, with their reason.

import { aptInstall, isDebian } from '../lib/apt.mjs';
import { which } from '../lib/run.mjs';

/**
 * @typedef {object} Chromium
 * @property {string | undefined} executable
 */

export const name = 'chromium';

/**
 * @param {import('../setup.mjs').Context} context
 * @returns {Chromium | undefined}
 */
export function locate({ env }) {
  const executable =
    env.CHROMIUM ??
    ['chromium', 'chromium-browser', 'google-chrome'].map((program) => which(program, env)).find(Boolean);
  if (executable) return { executable };
  return isDebian() && process.getuid?.() === 0 ? undefined : { executable };
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  await aptInstall(context, name, ['chromium'], 'set CHROMIUM to its path');
}

export function cmakeVariables() {
  return {};
}
