// @ts-check
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileInlined, inline, inlined } from '../../../js/engine/inlined_module.js';

test('what was inlined is what it was', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const skewed = Uint8Array.from({ length: 5000 }, (_, i) => (i % 7 ? i % 11 : (i * 31) % 256));
  for (const bytes of [new Uint8Array(0), Uint8Array.of(200), all, skewed])
    assert.deepEqual(inlined(inline(bytes)), bytes);
});

test('the text needs no escape in a string or a page, and frequent bytes are one character', () => {
  const text = inline(Uint8Array.from({ length: 10_000 }, (_, i) => i % 80));
  assert.equal(text.length, 512 + 10_000);
  assert.doesNotMatch(text, /[^ -~]|["'`\\$<&]/);
});

test('a module is compiled', () => {
  assert.ok(compileInlined(inline(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))) instanceof WebAssembly.Module);
});
