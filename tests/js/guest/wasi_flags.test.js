// @ts-check
// Flags of descriptors where the implementation of WASI keeps none, as in pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { File, Fd, PreopenDirectory, WASI } from '@bjorn3/browser_wasi_shim';
import { Pidfds } from '../../../js/guest/pidfds.js';
import { wasiImports } from '../../../js/guest/wasi_imports.js';

const APPEND = 1;
const NONBLOCK = 4;
const AGAIN = 6;
const RIGHTS = (1n << 1n) | (1n << 6n);

function page() {
  const memory = new WebAssembly.Memory({ initial: 1 });
  class Stream extends Fd {
    /** @override */
    fd_fdstat_get() {
      return {
        ret: 0,
        fdstat: /** @type {any} */ ({
          write_bytes: (/** @type {DataView} */ words, /** @type {number} */ at) => words.setUint8(at, 2),
        }),
      };
    }
  }
  const wasi = new WASI(
    [],
    [],
    [
      new Stream(),
      new Stream(),
      new Stream(),
      new PreopenDirectory('.', new Map([['f', new File(new Uint8Array(3))]])),
    ],
    { debug: false },
  );
  wasi.inst = /** @type {any} */ ({ exports: { memory } });
  /** @type {boolean[]} */ const asked = [];
  const host = /** @type {any} */ ({
    suspending: (/** @type {Function} */ f) => f,
    deliverSent: () => undefined,
    obey: () => undefined,
    inputIsTerminal: false,
    outputIsTerminal: () => false,
    spareAddress: 4096,
    readInput: (/** @type {number} */ _, /** @type {boolean} */ nonBlocking) => (
      asked.push(nonBlocking), nonBlocking ? 'EAGAIN' : new Uint8Array(1)
    ),
    writeOutput: (/** @type {number} */ _, /** @type {Uint8Array} */ bytes, /** @type {boolean} */ nonBlocking) => (
      asked.push(nonBlocking), nonBlocking ? -11 : bytes.length
    ),
  });
  const view = new DataView(memory.buffer);
  view.setUint32(0, 100, true);
  view.setUint32(4, 1, true);
  const imports = wasiImports({
    host,
    pidfds: new Pidfds(),
    original: /** @type {any} */ (wasi.wasiImport),
    memory: () => memory,
    piped: [true, true, true],
  });
  const flags = (/** @type {number} */ fd) => (
    assert.equal(imports.fd_fdstat_get(fd, 200), 0), view.getUint16(202, true)
  );
  return { imports, view, asked, flags };
}

test('a standard stream that is made non-blocking says so, and its calls do not wait', { timeout: 10_000 }, () => {
  const { imports, asked, flags } = page();
  assert.deepEqual([imports.fd_read(0, 0, 1, 16), imports.fd_write(1, 0, 1, 16)], [0, 0]);
  for (const fd of [0, 1]) {
    assert.equal(flags(fd), 0);
    assert.equal(imports.fd_fdstat_set_flags(fd, NONBLOCK), 0);
    assert.equal(flags(fd), NONBLOCK);
  }
  assert.deepEqual(
    [imports.fd_read(0, 0, 1, 16), imports.fd_write(1, 0, 1, 16), imports.fd_write(2, 0, 1, 16)],
    [AGAIN, AGAIN, 0],
  );
  assert.equal(imports.fd_fdstat_set_flags(0, 0), 0);
  assert.equal(flags(0), 0);
  assert.equal(imports.fd_read(0, 0, 1, 16), 0);
  assert.deepEqual(asked, [false, false, true, true, false, false]);
});

test('a file says the flags that it was opened with and set to; one that cannot be set is refused', {
  timeout: 10_000,
}, () => {
  const { imports, view, flags } = page();
  view.setUint8(300, 'f'.charCodeAt(0));
  const open = (/** @type {number} */ wanted) => (
    assert.equal(imports.path_open(3, 0, 300, 1, 0, RIGHTS, 0n, wanted, 400), 0), view.getUint32(400, true)
  );
  const file = open(0);
  assert.equal(flags(file), 0);
  assert.equal(imports.fd_fdstat_set_flags(file, NONBLOCK), 0);
  assert.equal(flags(file), NONBLOCK);
  assert.notEqual(imports.fd_fdstat_set_flags(file, APPEND), 0);
  assert.equal(flags(file), NONBLOCK);
  assert.equal(flags(open(APPEND | NONBLOCK)), APPEND | NONBLOCK);
  assert.equal(imports.fd_close(file), 0);
  assert.notEqual(imports.fd_fdstat_get(file, 200), 0);
});
