// @ts-check
/** Branch hints are on while something is compiled, where an engine has them behind a flag, and off again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hintedIn } from '../../../js/engine/branch_hints.js';

const ON = '--experimental-wasm-branch-hinting';
const OFF = '--no-experimental-wasm-branch-hinting';

/** A process that notes which flags are set. @param {string} version of V8 @param {{execArgv?: string[], options?: string}} [given] */
function processOf(version, { execArgv = [], options } = {}) {
  /** @type {string[]} */
  const flags = [];
  const node = /** @type {any} */ ({
    versions: { v8: version },
    execArgv,
    env: options === undefined ? {} : { NODE_OPTIONS: options },
    getBuiltinModule: (/** @type {string} */ name) =>
      name === 'v8' ? { setFlagsFromString: (/** @type {string} */ flag) => flags.push(flag) } : undefined,
  });
  return { node, flags };
}

for (const version of ['11.3.244.8-node.33', '12.4.254.21-node.33', '13.6.233.17-node.50'])
  test(`V8 ${version}: the flag is set while it compiles`, () => {
    const { node, flags } = processOf(version);
    assert.equal(
      hintedIn(node)(() => flags.join()),
      ON,
    );
    assert.deepEqual(flags, [ON, OFF]);
  });

test('the flag is off again after an error', () => {
  const { node, flags } = processOf('13.6.233');
  assert.throws(
    () =>
      hintedIn(node)(() => {
        throw new WebAssembly.CompileError('no');
      }),
    WebAssembly.CompileError,
  );
  assert.deepEqual(flags, [ON, OFF]);
});

for (const [what, node] of /** @type {[string, any][]} */ ([
  ['a page', undefined],
  ['another runtime', { versions: {} }],
  ['a V8 that has it by default', processOf('13.7.152').node],
  ['a newer V8', processOf('14.1.146').node],
  ['a V8 without it', processOf('10.2.154').node],
  [
    'a process that was given the flag',
    processOf('13.6.233', { execArgv: ['--no_experimental_wasm_branch_hinting'] }).node,
  ],
  [
    'a process that was given it by NODE_OPTIONS',
    processOf('13.6.233', { options: `--max-old-space-size=99 ${ON}` }).node,
  ],
  ['a Node that cannot give its modules', { versions: { v8: '11.3.244' }, execArgv: [], env: {} }],
]))
  test(`${what}: no flag is touched`, () => {
    const setFlags = node?.getBuiltinModule?.('v8');
    if (setFlags) node.getBuiltinModule = () => ({ setFlagsFromString: () => assert.fail('a flag was set') });
    assert.equal(
      hintedIn(node)(() => 5),
      5,
    );
  });

test('this process takes the flag without a word', () => {
  assert.equal(
    hintedIn(process)(() => new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))) instanceof
      WebAssembly.Module,
    true,
  );
});
