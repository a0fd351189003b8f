// @ts-check
// Where the engine traps the handler of the signal has a last call, as crash reporters need it. The guest was run on Linux too: there a handler that returns is called again, for ever.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, guest, wasmsig } from '../support/program.js';

const ALTERNATE = 'addr=0 stack=1 on=1\n';
/** What Linux's handlers are told, but for the address. */
const FAULTS = Object.freeze({
  unreachable: ['SIGILL', 'code=2'],
  division: ['SIGFPE', 'code=1'],
  store: ['SIGSEGV', 'code=1'],
  call: ['SIGSEGV', 'code=1'],
  recursion: ['SIGSEGV', 'code=1'],
});

/**
 * @param {string} preset
 * @param {string[]} args of the guest
 * @param {string[]} [options] of `wasmsig run`
 */
async function faults(preset, args, options = []) {
  const program = wasmsig(['run', ...options, guest('faults', preset), ...args]);
  try {
    const end = await program.ended;
    return { ...end, out: program.out, err: program.err };
  } finally {
    await program.close();
  }
}

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread']) {
  test(
    `${preset}: a handler runs once, on its stack, with the code that Linux has, and then the signal ends the program`,
    LIMIT,
    async () => {
      for (const options of [[], ['--instrument']]) {
        for (const [fault, [signal, code]] of Object.entries(FAULTS)) {
          const run = await faults(preset, [fault], options);
          assert.equal(run.signal, signal, `${fault} ${options}: ${run.out}${run.err}`);
          // This stack lies in the heap, which the recursion overwrites.
          if (preset.endsWith('pthread') && fault === 'recursion') continue;
          // A check in the recursion may be what exhausts the stack: then the trap is in the library, and calls no handler.
          if (fault !== 'recursion' || options.length === 0 || run.out !== '')
            assert.equal(run.out, `${signal} ${code} ${ALTERNATE}`, `${fault} ${options}`);
          assert.match(run.err, /RuntimeError|RangeError/, 'the trap is still reported');
        }
      }
    },
  );

  test(`${preset}: what the handler of a trap does is how the program ends`, LIMIT, async () => {
    const line = `SIGFPE code=1 ${ALTERNATE}`;
    assert.deepEqual(await faults(preset, ['division', 'exit']), { code: 7, signal: null, out: line, err: '' });
    const byDefault = await faults(preset, ['division', 'default']);
    assert.deepEqual(byDefault, { code: null, signal: 'SIGFPE', out: line, err: '' });
    for (const then of ['jump', 'again']) {
      const { signal, out } = await faults(preset, ['division', then]);
      assert.deepEqual({ signal, out }, { signal: 'SIGFPE', out: line }, then);
    }
    for (const then of ['blocked', 'ignored', 'no handler']) {
      const { signal, out, err } = await faults(preset, ['division', then]);
      assert.deepEqual({ signal, out }, { signal: 'SIGFPE', out: '' }, then);
      assert.match(err, /divide by zero \(SIGFPE\)/);
    }
  });

  test(`${preset}: signal() is enough for a last call`, LIMIT, async () => {
    const program = wasmsig(['run', guest('ends', preset), 'catch-trap']);
    try {
      assert.equal((await program.ended).signal, 'SIGILL');
      assert.equal(program.out, 'ready\ncaught 4\n');
    } finally {
      await program.close();
    }
  });
}
