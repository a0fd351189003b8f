// @ts-check
/** Runs a WASI command on browser_wasi_shim, in the guest's agent. */

import { Directory, File, Inode, PreopenDirectory, WASI, wasi as numbers, Fd } from '@bjorn3/browser_wasi_shim';
import { compile } from '../engine/branch_hints.js';
import { runCommand } from '../guest/wasi_program.js';

/** @typedef {import('./agent.js').Tree} Tree */

/**
 * @param {import('./agent.js').Job} job
 * @returns {Promise<number>} the exit code
 */
export async function run({ start, program, host, load }) {
  const bytes = program.module ? undefined : await load();
  const module = program.module ?? (await compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
  const folders = Object.entries(start.dirs).map(([name, tree]) => new PreopenDirectory(name, contents(tree)));
  const wasi = new WASI(
    start.args,
    Object.entries(start.env).map(([name, value]) => `${name}=${value}`),
    [new Stream(), new Stream(), new Stream(), ...folders],
    { debug: false },
  ); // the default is true: it would print what the program opens to the console
  Object.assign(wasi.wasiImport, mended(wasi));
  return runCommand({ name: start.name, host, wasi, module, bytes, piped: [true, true, true] });
}

/** A standard stream, which the host serves: the shim is only asked for its state. */
class Stream extends Fd {
  /** @override */
  fd_fdstat_get() {
    return { ret: 0, fdstat: new numbers.Fdstat(numbers.FILETYPE_CHARACTER_DEVICE, 0) };
  }

  /** @override */
  fd_filestat_get() {
    return { ret: 0, filestat: new numbers.Filestat(0n, numbers.FILETYPE_CHARACTER_DEVICE, 0n) };
  }

  /** @override */
  fd_close() {
    return 0;
  }
}

/**
 * @param {Tree} tree
 * @returns {Map<string, Inode>}
 */
function contents(tree) {
  return new Map(
    Object.entries(tree).map(([name, node]) => {
      if (typeof node === 'string') return [name, new File(new TextEncoder().encode(node))];
      return [name, node instanceof Uint8Array ? new File(node) : new Directory(contents(node))];
    }),
  );
}

/**
 * Corrects where the shim differs from WASI: lengths of arguments that are not ASCII, random numbers in shared memory,
 * sockets, and writes to descriptors that do not exist.
 * @param {WASI} wasi
 */
function mended(wasi) {
  const memory = () => wasi.inst.exports.memory.buffer;
  const lengths = wasi.args.map((text) => new TextEncoder().encode(text).length + 1);
  const noSockets = () => numbers.ERRNO_NOTSUP;
  return {
    /** @param {number} countAt @param {number} bytesAt */
    args_sizes_get(countAt, bytesAt) {
      const words = new DataView(memory());
      words.setUint32(countAt, lengths.length, true);
      words.setUint32(
        bytesAt,
        lengths.reduce((sum, length) => sum + length, 0),
        true,
      );
      return numbers.ERRNO_SUCCESS;
    },
    /** @param {number} at @param {number} length */
    random_get(at, length) {
      const most = 65536; // in one call, bytes
      for (let done = 0; done < length; done += most) {
        const part = new Uint8Array(Math.min(most, length - done));
        new Uint8Array(memory(), at + done, part.length).set(crypto.getRandomValues(part));
      }
      return numbers.ERRNO_SUCCESS;
    },
    sched_yield: () => numbers.ERRNO_SUCCESS,
    sock_accept: noSockets,
    sock_recv: noSockets,
    sock_send: noSockets,
    sock_shutdown: noSockets,
  };
}
