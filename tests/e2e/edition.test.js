// @ts-check
// The edition of a program's `signal` module: the host's, where the program leaves it to the host.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spawn } from '../../js/node/index.js';
import { watch } from '../support/watched_guest.js';
import { LIMIT, guest, wasmsigResult } from '../support/program.js';

/** @param {string} preset @param {string[]} args @param {import('../../js/node/index.js').SpawnOptions} options */
async function editionOf(preset, args, options) {
  const program = watch(spawn(guest('edition', preset), { args, stdin: 'ignore', stdout: 'pipe', ...options }));
  assert.equal((await program.ends()).code, 0);
  return program.output.trim();
}

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread']) {
  test(
    `${preset}: a program that leaves the edition to its host gets the one that spawn() was given, by default the documented one`,
    LIMIT,
    async () => {
      assert.equal(await editionOf(preset, ['host'], {}), 'documented');
      assert.equal(await editionOf(preset, ['host'], { edition: 'documented' }), 'documented');
      assert.equal(await editionOf(preset, ['host'], { edition: 'extended' }), 'extended');
    },
  );

  test(`${preset}: a program that says which edition it wants gets that`, LIMIT, async () => {
    assert.equal(await editionOf(preset, ['documented'], { edition: 'extended' }), 'documented');
    assert.equal(await editionOf(preset, ['extended'], { edition: 'documented' }), 'extended');
  });
}

test('a program whose memory is shared gets the edition that spawn() was given, too', LIMIT, async () => {
  assert.equal(await editionOf('wasm32-wasip1', ['host'], { instrument: true, edition: 'extended' }), 'extended');
});

test('an edition that does not exist starts nothing, and the error names those that do', LIMIT, () => {
  for (const edition of ['full', '', 'toString', 'Extended']) {
    assert.throws(() => spawn(guest('edition'), { edition: /** @type {any} */ (edition) }), {
      name: 'TypeError',
      message: `edition is 'documented' or 'extended', not '${edition}'`,
    });
  }
  for (const edition of [null, 1, true, {}]) {
    assert.throws(() => spawn(guest('edition'), { edition: /** @type {any} */ (edition) }), {
      name: 'TypeError',
      message: /^edition is 'documented' or 'extended', not (null|number|boolean|an object \(Object\))$/,
    });
  }
});

test('wasmsig run --edition sets the edition, and refuses one that does not exist', LIMIT, async () => {
  const run = (/** @type {string[]} */ ...args) => wasmsigResult(['run', ...args]);
  assert.equal((await run(guest('edition'))).out, 'documented\n');
  assert.equal((await run('--edition', 'extended', guest('edition'))).out, 'extended\n');
  const { code, err, out } = await run('--edition', 'full', guest('edition'));
  assert.equal(out, '');
  assert.notEqual(code, 0);
  assert.match(err, /--edition is documented or extended, not full/);
});
