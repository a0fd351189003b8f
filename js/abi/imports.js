// @ts-check
/** The imports of docs/host-abi.md. Every host of this package builds an object of these types. */

/** The name of their module, and of the custom section of an instrumented module. */
export const IMPORT_MODULE = 'wasmsig';

/**
 * The imports of every linked program. Those that may wait return a promise only with stack switching, where they are
 * WebAssembly.Suspending.
 * @typedef {object} SignalImports
 * @property {(version: number, block: number) => number} attach
 * @property {() => number | Promise<number>} sync
 * @property {(ring: number, timeoutNs: number) => number | Promise<number>} wait
 * @property {(delayNs: number) => void} arm
 * @property {(signo: number, core: number) => void} exit
 * @property {(signo: number) => void} stop
 * @property {(pid: number, signo: number, code: number, value: number) => number | Promise<number>} send
 */

/**
 * The imports of a program that opens pidfds.
 * @typedef {object} PidfdImports
 * @property {(pid: number, flags: number) => number} pidfd_open
 * @property {(fd: number) => number} pidfd_pid
 */
