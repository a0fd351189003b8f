// @ts-check
/** Options and their errors: one clear line and exit status 2. */

import { parseArgs } from 'node:util';

export class UsageError extends Error {}

/**
 * @template {import('node:util').ParseArgsConfig} T
 * @param {T} config
 * @param {string} command
 */
export function parse(config, command) {
  try {
    return parseArgs(config);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new UsageError(`${message.split('. ')[0].replace(/\.$/, '')} (see wasmsig ${command} --help)`);
  }
}

/** @param {string} text */
export function say(text) {
  process.stdout.write(text.endsWith('\n') ? text : text + '\n');
}
