// @ts-check
// Calls, their limits and their ends; instances; and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guard, GuardError } from '../../../js/guard/index.js';
import { EMPTY_BYTES, LIMIT, PROGRAM_BYTES, TOP, coded, program } from './program.js';
import { wasm } from '../../support/wat.js';

/** Safe points from the first that finds a limit reached to the last that looks for a shallow one, where all are. */
const SEARCH = 1 + 31 * 8 + 1;

/** @param {(n: number) => void} [call] @param {import('../../../js/guard/index.js').BindOptions} [options] */
function guarded(call, options) {
  const guard = new Guard();
  const { exports } = guard.bind(program(call), options);
  return { guard, exports };
}

test('a call that takes too long is ended, and the instance is usable afterwards', LIMIT, () => {
  const { guard, exports } = guarded();
  const start = performance.now();
  assert.throws(() => guard.run(() => exports.spin(), { timeout: 50 }), coded('ERR_TIMEOUT', { signal: 'SIGTERM' }));
  const took = performance.now() - start;
  assert.ok(took >= 49, `${took} ms`);
  assert.equal(exports.__stack_pointer.value, TOP);
  assert.equal(
    guard.run(() => exports.count(1000), { timeout: 5000 }),
    1000,
  );
  assert.throws(() => guard.run(() => exports.spin(), { timeout: 0 }), coded('ERR_TIMEOUT'));
});

test('a time-out is kept within milliseconds', LIMIT, () => {
  const { guard, exports } = guarded();
  const late = Array.from({ length: 9 }, () => {
    const start = performance.now();
    assert.throws(() => guard.run(() => exports.spin(), { timeout: 20 }));
    return performance.now() - start - 20;
  });
  const best = Math.min(...late); // the others waited for a processor
  assert.ok(best < 50, `${late} ms late`);
});

test('a budget ends a call at the same safe point every time', LIMIT, () => {
  for (const budget of [0, 1, 999, 1000, 1001, 123_456]) {
    const { guard, exports } = guarded();
    for (let i = 0; i < 3; i++) {
      exports.count(i * 77); // leaves the countdown anywhere
      exports.rounds.value = 0;
      assert.throws(() => guard.run(() => exports.spin(), { budget }), coded('ERR_BUDGET'));
      assert.equal(exports.rounds.value, budget + SEARCH);
    }
    assert.equal(
      guard.run(() => exports.count(budget), { budget: Math.max(1, budget) }),
      Math.max(1, budget),
    );
  }
});

test('an AbortSignal that the program aborts through an import ends the call', LIMIT, () => {
  const controller = new AbortController();
  const { guard, exports } = guarded(() => controller.abort('enough'));
  assert.throws(
    () => guard.run(() => exports.call(0) && exports.spin(), { signal: controller.signal }),
    coded('ERR_ABORTED', { cause: 'enough' }),
  );
  assert.ok(exports.rounds.value <= SEARCH, 'from the first safe point after it');
  let called = false;
  assert.throws(() => guard.run(() => (called = true), { signal: controller.signal }), coded('ERR_ABORTED'));
  assert.ok(!called);
});

test('an inner call ends by its own limit, an outer one ends those within it', LIMIT, () => {
  const { guard, exports } = guarded();
  const inner = guard.run(
    () => {
      assert.throws(() => guard.run(() => exports.spin(), { timeout: 20 }), coded('ERR_TIMEOUT'));
      return exports.count(50);
    },
    { timeout: 10_000 },
  );
  assert.equal(inner, 50);
  let after = false;
  assert.throws(
    () =>
      guard.run(
        () => {
          guard.run(() => exports.spin(), { timeout: 10_000 });
          after = true;
        },
        { timeout: 20 },
      ),
    /longer than 20 ms/,
  );
  assert.ok(!after);
  assert.equal(exports.__stack_pointer.value, TOP);
});

test('a call from within the program is a call within the outer call', LIMIT, () => {
  /** @type {unknown} */ let inner;
  const { guard, exports } = guarded(() => {
    try {
      guard.run(() => exports.spin(), { timeout: 20 });
    } catch (error) {
      inner = error;
    }
  });
  assert.equal(
    guard.run(() => exports.call(0), { timeout: 10_000 }),
    10,
  );
  assert.ok(inner instanceof GuardError && inner.code === 'ERR_TIMEOUT');
});

test('an end that JavaScript swallows is thrown by the call all the same', LIMIT, () => {
  const { guard, exports } = guarded();
  const swallow = () => {
    try {
      exports.spin();
    } catch {}
    return 'empty result';
  };
  assert.throws(() => guard.run(swallow, { timeout: 10 }), coded('ERR_TIMEOUT'));
  assert.equal(exports.__stack_pointer.value, TOP);
});

test('what JavaScript throws in place of the end is its cause', LIMIT, () => {
  const { guard, exports } = guarded();
  const other = new Error('database error');
  const wrap = () => {
    try {
      exports.spin();
    } catch {
      throw other;
    }
  };
  assert.throws(() => guard.run(wrap, { timeout: 10 }), coded('ERR_TIMEOUT', { cause: other }));
});

test('a program that catches the error is ended by a trap at its next safe point', LIMIT, () => {
  const { guard, exports } = guarded();
  assert.throws(() => guard.run(() => exports.swallow(), { timeout: 10 }), coded('ERR_TIMEOUT'));
  const trapping = guarded(undefined, { end: 'trap' });
  assert.throws(() => trapping.guard.run(() => trapping.exports.swallow(), { budget: 5 }), coded('ERR_BUDGET'));
  assert.equal(trapping.exports.rounds.value, 5 + SEARCH, 'the trap passes the catch');
  assert.equal(exports.__stack_pointer.value, TOP);
});

test('a module with exceptions that the guard compiles is ended by a trap', LIMIT, async () => {
  const tagged = wasm(`(module (tag $t) (func (export "f") (throw $t)))`);
  const { mayCatch } = await import('../../../js/guard/wasm_source.js');
  assert.equal(mayCatch(tagged), true);
  assert.equal(mayCatch(PROGRAM_BYTES), false);
});

test('an error of the program itself is thrown as it is, with the stack restored', LIMIT, () => {
  const mine = new Error('mine');
  const { guard, exports } = guarded(() => {
    exports.__stack_pointer.value -= 1024;
    throw mine;
  });
  assert.throws(
    () => guard.run(() => exports.call(0), { timeout: 1000 }),
    (error) => error === mine,
  );
  assert.equal(exports.__stack_pointer.value, TOP);
});

test('end() ends the outermost call with any error', LIMIT, () => {
  const { guard, exports } = guarded(() => assert.ok(guard.end('stop')));
  let after = false;
  assert.throws(
    () => guard.run(() => guard.run(() => exports.call(0) && exports.spin()) && (after = true)),
    (error) => error === 'stop',
  );
  assert.ok(!after);
  assert.equal(guard.end(), false);
  assert.equal(exports.count(10), 10, 'an end() while nothing runs ends nothing');
});

test('an end that comes out of a timer of the package ends the call, too', LIMIT, async () => {
  const { guard, exports } = guarded();
  /** @type {unknown} */ let thrown;
  const compute = () =>
    new Promise(() => {
      setTimeout(() => {
        try {
          exports.spin();
        } catch (error) {
          thrown = error;
        }
      });
    });
  const error = await guard.run(compute, { timeout: 20 }).catch((/** @type {unknown} */ reason) => reason);
  assert.ok(error instanceof GuardError && error.code === 'ERR_TIMEOUT');
  assert.equal(error, thrown);
  assert.equal(exports.count(1000), 1000, 'the call is over: its limit ends nothing else');
});

test('the limits of a call that returns a promise hold until it settles', LIMIT, async () => {
  const { guard, exports } = guarded();
  const call = guard.run(
    async () => {
      await null;
      exports.spin();
    },
    { timeout: 20 },
  );
  await assert.rejects(call, coded('ERR_TIMEOUT'));
  assert.equal(await guard.run(async () => exports.count(10), { timeout: 20 }), 10);
  assert.equal(exports.count(1_000_000), 1_000_000, 'the limits have gone with the calls');
});

test('several guards in one agent do not meet', LIMIT, () => {
  const [one, two] = [guarded(), guarded()];
  one.guard.kill('SIGTERM');
  assert.equal(
    two.guard.run(() => two.exports.count(100_000)),
    100_000,
  );
  assert.throws(() => one.guard.run(() => one.exports.spin()), coded('ERR_SIGNAL'));
});

test('one guard for two instances of a program', LIMIT, () => {
  const { guard, exports } = guarded();
  const side = guard.bind(program());
  assert.throws(() => guard.run(() => side.exports.spin(), { timeout: 10 }), coded('ERR_TIMEOUT'));
  assert.throws(() => guard.run(() => exports.spin(), { timeout: 10 }), coded('ERR_TIMEOUT'));
  exports.rounds.value = side.exports.rounds.value = 0;
  assert.throws(() => guard.run(() => exports.count(40) && side.exports.spin(), { budget: 50 }), coded('ERR_BUDGET'));
  assert.ok(exports.rounds.value === 40 && side.exports.rounds.value <= 50 + SEARCH, `${side.exports.rounds.value}`);
});

test('Emscripten modules: its functions for the stack pointer, or those that are given', LIMIT, () => {
  for (const names of [
    ['emscripten_stack_get_current', '_emscripten_stack_restore'],
    ['stackSave', 'stackRestore'],
  ]) {
    const { exports } = program();
    const { __stack_pointer: pointer, ...others } = exports;
    const [save, restore] = [() => pointer.value, (/** @type {number} */ value) => void (pointer.value = value)];
    const guard = new Guard();
    guard.bind({ exports: { ...others, [names[0]]: save, [names[1]]: restore } });
    assert.throws(() => guard.run(() => exports.spin(), { timeout: 5 }), coded('ERR_TIMEOUT'));
    assert.equal(pointer.value, TOP, names[0]);

    const given = new Guard();
    const second = program().exports;
    const { __stack_pointer: hidden, ...rest } = second;
    given.bind(
      { exports: rest },
      { stack: { save: () => hidden.value, restore: (value) => void (hidden.value = value) } },
    );
    assert.throws(() => given.run(() => second.spin(), { timeout: 5 }), coded('ERR_TIMEOUT'));
    assert.equal(hidden.value, TOP);
  }
});

test('what cannot be bound is refused and stays as it was', LIMIT, () => {
  const guard = new Guard();
  const instance = guard.bind(program());
  assert.throws(() => guard.bind(instance), coded('ERR_BOUND'));
  assert.throws(() => new Guard().bind(instance), coded('ERR_BOUND'));
  assert.throws(() => guard.run(() => instance.exports.spin(), { timeout: 5 }), coded('ERR_TIMEOUT'));

  const plain = new WebAssembly.Instance(new WebAssembly.Module(wasm('(module (func (export "f")))')));
  assert.throws(() => guard.bind(plain), coded('ERR_NOT_INSTRUMENTED'));
  const linked = wasm('(module (func (export "wasmsig_block")) (func (export "wasmsig_set_safe_point")))');
  assert.throws(() => guard.bind(new WebAssembly.Instance(new WebAssembly.Module(linked))), {
    ...coded('ERR_LINKED'),
    message: /spawn\(\) or attach\(\)/,
  });
  assert.throws(() => guard.bind(/** @type {any} */ ({})), TypeError);
  assert.throws(() => guard.bind(program(), { end: /** @type {any} */ ('fall') }), TypeError);
  assert.throws(() => guard.bind(program(), { stack: /** @type {any} */ ({ save() {} }) }), TypeError);
});

test('a closed guard gives its instances back', LIMIT, () => {
  const { guard, exports } = guarded();
  guard.kill('SIGTERM');
  guard.close();
  guard.close();
  assert.equal(exports.count(1000), 1000);
  assert.equal(guard.kill('SIGTERM'), false);
  assert.throws(() => guard.run(() => 1), coded('ERR_CLOSED'));
  assert.throws(() => guard.handle(), coded('ERR_CLOSED'));
  assert.throws(() => guard.bind(program()), coded('ERR_CLOSED'));
  const next = new Guard();
  next.bind({ exports });
  assert.throws(() => next.run(() => exports.spin(), { timeout: 5 }), coded('ERR_TIMEOUT'));
});

test('wrong options are refused before anything is called', LIMIT, () => {
  const { guard } = guarded();
  for (const limits of [
    { timeout: -1 },
    { timeout: NaN },
    { timeout: '5' },
    { budget: 1.5 },
    { budget: -1 },
    { signal: 'SIGINT' },
    { killSignal: 'SIGFOO' },
    { timeOut: 5 },
    { yieldEvery: 5 },
  ]) {
    let called = false;
    assert.throws(
      () => guard.run(() => (called = true), /** @type {any} */ (limits)),
      (error) => error instanceof TypeError || error instanceof RangeError,
      JSON.stringify(limits),
    );
    assert.ok(!called);
  }
  assert.throws(() => guard.run(/** @type {any} */ ('spin')), TypeError);
});

test('a call that nothing could end is refused', LIMIT, () => {
  const guard = new Guard();
  let called = false;
  assert.throws(() => guard.run(() => (called = true), { timeout: 5 }), coded('ERR_UNBOUND'));
  assert.ok(!called);
});

test('what JavaScript does to clean up after an end is not cut off', LIMIT, () => {
  const { guard, exports } = guarded();
  let cleaned = 0;
  const work = () => {
    try {
      exports.spin();
    } finally {
      cleaned = exports.count(20_000);
    }
  };
  assert.throws(() => guard.run(work, { timeout: 10 }), coded('ERR_TIMEOUT'));
  assert.equal(cleaned, 20_000);
  const start = performance.now();
  const resume = () => {
    try {
      exports.spin();
    } finally {
      exports.spin();
    }
  };
  assert.throws(() => guard.run(resume, { timeout: 10 }), coded('ERR_TIMEOUT'));
  assert.ok(performance.now() - start < 5000, 'but it may not go on for ever');
});

test('a computation is ended in its outer loop, not in the middle of what that calls', LIMIT, () => {
  const { guard, exports } = guarded();
  for (let i = 0; i < 30; i++) {
    exports.inside.value = 0;
    assert.throws(() => guard.run(() => exports.outer(), { budget: 1000 + 7 * i }), coded('ERR_BUDGET'));
    assert.equal(exports.inside.value, 0, `budget ${1000 + 7 * i}`);
  }
});

test('functions for the stack pointer may have safe points themselves', LIMIT, () => {
  const { exports } = program();
  const { __stack_pointer: pointer, ...others } = exports;
  const guard = new Guard();
  const stack = {
    save: () => exports.count(3) && pointer.value,
    restore: (/** @type {number} */ value) => {
      exports.count(3);
      pointer.value = value;
    },
  };
  guard.bind({ exports: others }, { stack });
  assert.throws(() => guard.run(() => exports.spin(), { timeout: 5 }), coded('ERR_TIMEOUT'));
  assert.equal(pointer.value, TOP);
});

test('a module without any other export can be bound', LIMIT, () => {
  const guard = new Guard();
  const { exports } = /** @type {{exports: any}} */ (
    guard.bind(new WebAssembly.Instance(new WebAssembly.Module(EMPTY_BYTES)))
  );
  guard.kill('SIGINT');
  assert.throws(() => guard.run(() => exports.look()), coded('ERR_SIGNAL', { signal: 'SIGINT' }));
});
