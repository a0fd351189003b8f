// Debian's CPython with its headers, static library and tests: what judges the signal module (tests/judges/cpython).

import { existsSync } from 'node:fs';
import { aptInstall } from '../lib/apt.mjs';

/**
 * @typedef {object} Cpython
 * @property {string} version as in the names of its files
 * @property {string} python  the interpreter
 */

export const name = 'cpython';

const version = '3.11'; // signalmodule.c uses internals of this one

/** The packages, and a file of each. */
const packages = [
  { package: `python${version}-minimal`, file: `/usr/bin/python${version}` },
  { package: `libpython${version}-dev`, file: `/usr/include/python${version}/Python.h` },
  { package: `libpython${version}-testsuite`, file: `/usr/lib/python${version}/test/test_signal.py` },
];

const missing = () => packages.filter(({ file }) => !existsSync(file));

/**
 * @returns {Cpython | undefined}
 */
export function locate() {
  return missing().length ? undefined : { version, python: packages[0].file };
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  await aptInstall(
    context,
    name,
    missing().map((one) => one.package),
  );
}

export function cmakeVariables() {
  return {};
}
