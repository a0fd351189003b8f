// @ts-check
// A program that is linked with the stand-alone archive runs on a plain WASI host, which knows nothing of wasmsig.
import assert from 'node:assert/strict';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LIMIT, guest, start, wasmsigResult } from '../support/program.js';

const folder = mkdtempSync(join(tmpdir(), 'wasmsig-alone-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} file @param {string[]} args */
async function plain(file, ...args) {
  const program = start(
    [
      process.execPath,
      '--no-warnings',
      fileURLToPath(new URL('../support/plain_wasi.mjs', import.meta.url)),
      file,
      ...args,
    ],
    { input: '' },
  );
  const timer = setTimeout(() => program.child.kill('SIGKILL'), 20_000);
  const { code, signal } = await program.ended;
  clearTimeout(timer);
  return { code, signal, out: program.out, err: program.err };
}

test('a program of the stand-alone library imports nothing but WASI', LIMIT, () => {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(guest('alone_ends'))));
  assert.deepEqual([...new Set(imports.map(({ module }) => module))], ['wasi_snapshot_preview1']);
});

test('a program of the stand-alone library has raise, masks, handlers and default actions', LIMIT, async () => {
  for (const [args, code, out] of /** @type {[string[], number, string][]} */ ([
    [['return', '7'], 7, 'ready\n'],
    [['raise', '15'], 143, 'ready\n'],
    [['kill', '2'], 130, 'ready\n'],
    [['raise', '17'], 0, 'ready\nalive\n'],
    [['abort'], 134, 'ready\n'],
    [['catch-abort'], 134, 'ready\ncaught 6\n'],
    [['blocked', '10'], 138, 'ready\npending\n'],
  ])) {
    assert.deepEqual(await plain(guest('alone_ends'), ...args), { code, signal: null, out, err: '' }, args.join(' '));
  }
});

test('the timers of an instrumented stand-alone program interrupt a computation without any call', LIMIT, async () => {
  const file = join(folder, 'alarm.wasm');
  const made = await wasmsigResult(['instrument', guest('alone_alarm'), '-o', file]);
  assert.equal(made.code, 0, made.err);
  const once = await plain(file, '50');
  assert.equal(once.code, 0, once.err);
  assert.match(once.out, /^ready\nalarm 1 after \d+ ms\n$/);
  const several = await plain(file, '20', '20');
  assert.match(several.out, /alarm [5-9] after/);
  const killed = await plain(file, 'default');
  assert.equal(killed.code, 142);
});

test('the command runs a program of the stand-alone library too', LIMIT, async () => {
  const { code, signal, out } = await wasmsigResult(['run', guest('alone_ends'), 'raise', '17']);
  assert.deepEqual({ code, signal, out }, { code: 0, signal: null, out: 'ready\nalive\n' });
});
