// @ts-check
/**
 * Error numbers. The wasm file is built with wasi-libc and has WASI's numbers. Everything outside this folder has
 * Linux's, as in the rest of the package. Systems have different numbers too, so an error of Node is looked up by its
 * name.
 */

/**
 * [name, WASI's number, Linux's number] of the errors that this module can meet: its own, and those of writing to a
 * descriptor.
 */
const TABLE = /** @type {const} */ ([
  ['EAGAIN', 6, 11],
  ['EBADF', 8, 9],
  ['ECONNRESET', 15, 104],
  ['EDEADLK', 16, 35],
  ['EFBIG', 22, 27],
  ['EINTR', 27, 4],
  ['EINVAL', 28, 22],
  ['EIO', 29, 5],
  ['EMFILE', 33, 24],
  ['ENOSPC', 51, 28],
  ['ENOSYS', 52, 38],
  ['ENOTCONN', 53, 107],
  ['ENOTSUP', 58, 95],
  ['EPERM', 63, 1],
  ['EPIPE', 64, 32],
  ['ESRCH', 71, 3],
]);

/** @typedef {typeof TABLE[number][0]} ErrnoName */

/** WASI's numbers by name. */
export const WASI = /** @type {Readonly<Record<ErrnoName, number>>} */ (Object.freeze(Object.fromEntries(TABLE.map(([name, wasi]) => [name, wasi]))));

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
