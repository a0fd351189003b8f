// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Pidfds } from '../../../js/guest/pidfds.js';
import { wasiImports } from '../../../js/guest/wasi_imports.js';

const FAULT = 21;
const SIZE = 65536;

/** @param {string[]} written */
function calls(written) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const host = /** @type {any} */ ({
    suspending: (/** @type {Function} */ f) => f,
    readInput: () => new TextEncoder().encode('ab'),
    writeOutput: (/** @type {number} */ _, /** @type {Uint8Array} */ bytes) => (
      written.push(new TextDecoder().decode(bytes)), bytes.length
    ),
    outputIsTerminal: () => false,
    sleep: () => 0,
    deliverSent: () => undefined,
    obey: () => undefined,
  });
  const pidfds = new Pidfds();
  const imports = wasiImports({
    host,
    pidfds,
    original: { fd_fdstat_get: () => 0, fd_filestat_get: () => 0 },
    memory: () => memory,
    piped: [true, true, true],
  });
  return { imports, pidfd: /** @type {number} */ (pidfds.open(7, true)), view: new DataView(memory.buffer) };
}

test('an address outside memory fails the call with EFAULT, and a good one works', { timeout: 10_000 }, () => {
  /** @type {string[]} */ const written = [];
  const { imports, view, pidfd } = calls(written);
  view.setUint32(0, 100, true);
  view.setUint32(4, 2, true);
  for (const bad of [-8, SIZE - 2, -2147483648]) {
    assert.equal(imports.fd_read(0, bad, 1, 16), FAULT);
    assert.equal(imports.fd_read(0, 0, 1, bad), FAULT);
    assert.equal(imports.fd_write(1, bad, 1, 16), FAULT);
    assert.equal(imports.fd_write(1, 0, 1, bad), FAULT);
    assert.equal(imports.fd_fdstat_get(1, bad), FAULT);
    assert.equal(imports.fd_fdstat_get(pidfd, bad), FAULT);
    assert.equal(imports.fd_filestat_get(pidfd, bad), FAULT);
    assert.equal(imports.poll_oneoff(bad, 200, 1, 16), FAULT);
    assert.equal(imports.poll_oneoff(300, bad, 1, 16), FAULT);
    assert.equal(imports.poll_oneoff(300, 200, 1, bad), FAULT);
  }
  assert.deepEqual(written, []);
  assert.equal(imports.fd_fdstat_get(pidfd, 400), 0);
  assert.equal(view.getUint16(402, true), 4);
  assert.equal(imports.fd_read(0, 0, 1, 16), 0);
  assert.equal(imports.fd_write(1, 0, 1, 16), 0);
  assert.equal(imports.poll_oneoff(300, 200, 1, 16), 0);
  assert.deepEqual(written, ['ab']);
  view.setUint32(0, SIZE + 8, true);
  assert.equal(imports.fd_write(1, 0, 1, 16), FAULT);
  assert.equal(imports.fd_read(0, 0, 1, 16), FAULT);
});
