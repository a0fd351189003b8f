// @ts-check
/**
 * Error numbers. The wasm file is built with wasi-libc and has WASI's numbers. Everything outside this folder has
 * Linux's, as in the rest of the package. Systems have different numbers too, so an error of Node is looked up by its
 * name.
 */

import * as LINUX from '../abi/errno.js';
import * as NUMBER from '../abi/wasi_errno.js';

/**
 * [name, WASI's number, Linux's number] of the errors that this module can meet: its own, and those of writing to a
 * descriptor.
 */
const TABLE = /** @type {const} */ ([
  ['EAGAIN', NUMBER.AGAIN, LINUX.EAGAIN],
  ['EBADF', NUMBER.BADF, LINUX.EBADF],
  ['ECONNRESET', NUMBER.CONNRESET, LINUX.ECONNRESET],
  ['EDEADLK', NUMBER.DEADLK, LINUX.EDEADLK],
  ['EFBIG', NUMBER.FBIG, LINUX.EFBIG],
  ['EINTR', NUMBER.INTR, LINUX.EINTR],
  ['EINVAL', NUMBER.INVAL, LINUX.EINVAL],
  ['EIO', NUMBER.IO, LINUX.EIO],
  ['EMFILE', NUMBER.MFILE, LINUX.EMFILE],
  ['ENOSPC', NUMBER.NOSPC, LINUX.ENOSPC],
  ['ENOSYS', NUMBER.NOSYS, LINUX.ENOSYS],
  ['ENOTCONN', NUMBER.NOTCONN, LINUX.ENOTCONN],
  ['ENOTSUP', NUMBER.NOTSUP, LINUX.ENOTSUP],
  ['EPERM', NUMBER.PERM, LINUX.EPERM],
  ['EPIPE', NUMBER.PIPE, LINUX.EPIPE],
  ['ESRCH', NUMBER.SRCH, LINUX.ESRCH],
]);

/** @typedef {typeof TABLE[number][0]} ErrnoName */

/** WASI's numbers by name. */
export const WASI = /** @type {Readonly<Record<ErrnoName, number>>} */ (
  Object.freeze(Object.fromEntries(TABLE.map(([name, wasi]) => [name, wasi])))
);

/**
 * @param {string | undefined} name of an error of the platform
 * @returns {number} WASI's number; EIO's for a name that is not in the table
 */
export function wasiErrno(name) {
  return TABLE.find((row) => row[0] === name)?.[1] ?? WASI.EIO;
}

/** @param {number} wasi @returns {number} 0: none */
export function linuxErrno(wasi) {
  return TABLE.find((row) => row[1] === wasi)?.[2] ?? 0;
}

/** @param {number} wasi @returns {string} "": none */
export function errnoName(wasi) {
  return TABLE.find((row) => row[1] === wasi)?.[0] ?? '';
}
