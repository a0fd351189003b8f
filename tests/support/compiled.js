// @ts-check
// C programs of tests/, compiled for this machine when they are not or their source is newer.

import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './program.js';

/** @param {string} name its path in tests/, without ".c" @returns {string} the program */
export function compiled(name) {
  const source = join(ROOT, 'tests', `${name}.c`);
  const program = join(ROOT, 'build/tests', name);
  const age = (/** @type {string} */ file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (age(program) > age(source)) return program;
  mkdirSync(dirname(program), { recursive: true });
  const half = `${program}.${process.pid}`;
  execFileSync(process.env.CC ?? 'cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', half, source, '-lutil'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  renameSync(half, program);
  return program;
}
