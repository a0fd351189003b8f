// @ts-check
/** Options and their errors: one clear line and exit status 2. */

import { readFileSync } from 'node:fs';
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

export function version() {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

const COMMON = /** @type {const} */ ({
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
});

/**
 * Reads the options and arguments of a command. --help and --version are answered here.
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} O
 * @param {string} command
 * @param {string} help
 * @param {string[]} args
 * @param {O} options  without --help and --version
 * @param {number} [most]  how many arguments it takes
 * @returns {ReturnType<typeof parseArgs<{options: O, allowPositionals: true}>> | undefined} undefined: answered
 * @throws {UsageError}
 */
export function readArguments(command, help, args, options, most = 0) {
  const { values, positionals } = /** @type {any} */ (
    parse({ args, options: { ...options, ...COMMON }, allowPositionals: true }, command)
  );
  if (values.help) return void say(help);
  if (values.version) return void say(version());
  if (positionals.length > most) throw new UsageError(`${command}: unexpected argument: ${positionals[most]}`);
  return { values, positionals };
}
