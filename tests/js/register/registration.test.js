// @ts-check
// What packages compile by themselves is guarded, and they see nothing of it.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { Guard } from '../../../js/guard/index.js';
import { wasm } from '../../support/wat.js';

const cache = mkdtempSync(join(tmpdir(), 'wasmsig-register-'));
process.env.WASMSIG_CACHE = cache;
after(() => rmSync(cache, { recursive: true, force: true }));

const before = { ...described() };
const { guards, run, setFilter, unregister } = await import('../../../js/register/register_in_node.js');

/** The properties of WebAssembly that a program can see. */
function described() {
  return Object.fromEntries(
    ['compile', 'instantiate', 'compileStreaming', 'instantiateStreaming', 'Module', 'Instance', 'validate'].map(
      (name) => {
        const { value, ...rest } = /** @type {PropertyDescriptor} */ (
          Object.getOwnPropertyDescriptor(WebAssembly, name)
        );
        return [name, { ...rest, name: value.name, length: value.length, own: Object.getOwnPropertyNames(value) }];
      },
    ),
  );
}

const LOOP = wasm(`(module
  (global $sp (export "__stack_pointer") (mut i32) (i32.const 65536))
  (memory (export "memory") 1)
  (func (export "endless") (global.set $sp (i32.const 100)) (loop $again (br $again)))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`);
const INTERRUPTED = wasm(`(module
  (global $flag (mut i32) (i32.const 0))
  (func (export "interrupt") (global.set $flag (i32.const 1)))
  (func (export "wait") (result i32) (loop $again (br_if $again (i32.eqz (global.get $flag)))) (global.get $flag)))`);
const STRAIGHT = wasm('(module (func (export "one") (result i32) (i32.const 1)))');
const INVALID = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 1, 9);
const TIMEOUT = { name: 'GuardError', code: 'ERR_TIMEOUT' };
/** @param {Uint8Array} bytes */
const response = (bytes, type = 'application/wasm') =>
  new Response(/** @type {BodyInit} */ (bytes), { headers: { 'content-type': type } });

/** Every way in which a package gets an instance. @type {Record<string, (bytes: any) => Promise<any>>} */
const WAYS = {
  'new Module, new Instance': async (bytes) => new WebAssembly.Instance(new WebAssembly.Module(bytes), {}),
  'compile, new Instance': async (bytes) => new WebAssembly.Instance(await WebAssembly.compile(bytes), {}),
  'compile, instantiate': async (bytes) => WebAssembly.instantiate(await WebAssembly.compile(bytes), {}),
  instantiate: async (bytes) => (await WebAssembly.instantiate(bytes, {})).instance,
  compileStreaming: async (bytes) =>
    WebAssembly.instantiate(await WebAssembly.compileStreaming(Promise.resolve(response(bytes))), {}),
  instantiateStreaming: async (bytes) => (await WebAssembly.instantiateStreaming(response(bytes), {})).instance,
};

describe('every way to an instance', () => {
  for (const [way, make] of Object.entries(WAYS)) {
    test(`${way}: an endless loop is ended, and the instance goes on to work`, async () => {
      const { exports } = await make(LOOP);
      assert.throws(() => run(() => exports.endless(), { timeout: 20 }), TIMEOUT);
      assert.equal(exports.__stack_pointer.value, 65536);
      assert.equal(exports.add(2, 3), 5);
    });
  }
  test('bytes that are changed after the call are those of before', async () => {
    const bytes = LOOP.slice();
    const compiling = WebAssembly.compile(bytes);
    bytes.fill(0);
    assert.ok((await compiling) instanceof WebAssembly.Module);
  });
});

describe('nothing else changes', () => {
  test('the properties of WebAssembly', () => assert.deepEqual(described(), before));
  test('classes, and what they show', async () => {
    const module = new WebAssembly.Module(LOOP);
    assert.ok(module instanceof WebAssembly.Module);
    assert.equal(module.constructor, WebAssembly.Module);
    const instance = new WebAssembly.Instance(module, {});
    assert.ok(instance instanceof WebAssembly.Instance);
    assert.equal(instance.constructor, WebAssembly.Instance);
    const names = ['__stack_pointer', 'memory', 'endless', 'add'];
    assert.deepEqual(Object.keys(instance.exports), names);
    assert.deepEqual(
      WebAssembly.Module.exports(module).map(({ name }) => name),
      names,
    );
    assert.equal(instance.exports, instance.exports);
    assert.equal(Object.getPrototypeOf(instance.exports), null);
    assert.ok(Object.isFrozen(instance.exports));
    assert.deepEqual(Object.keys(await WebAssembly.instantiate(LOOP)), ['module', 'instance']);
    class Mine extends WebAssembly.Module {}
    assert.ok(new Mine(LOOP) instanceof Mine);
  });
  test('errors, which are those of the engine', async () => {
    const { CompileError, LinkError } = WebAssembly;
    assert.throws(() => new WebAssembly.Module(INVALID), CompileError);
    assert.throws(() => new WebAssembly.Module(/** @type {any} */ ('text')), TypeError);
    assert.throws(() => /** @type {any} */ (WebAssembly).Module(LOOP), TypeError);
    await assert.rejects(WebAssembly.compile(INVALID), CompileError);
    await assert.rejects(WebAssembly.compile(/** @type {any} */ (undefined)), TypeError);
    await assert.rejects(WebAssembly.instantiate(INVALID), CompileError);
    await assert.rejects(
      WebAssembly.instantiate(wasm('(module (import "a" "b" (func)) (func (loop $l (br $l))))'), { a: {} }),
      LinkError,
    );
    await assert.rejects(WebAssembly.compileStreaming(response(LOOP, 'text/plain')), TypeError);
    await assert.rejects(WebAssembly.compileStreaming(Promise.reject(new RangeError('no'))), RangeError);
    await assert.rejects(
      WebAssembly.instantiateStreaming(
        new Response('', { status: 404, headers: { 'content-type': 'application/wasm' } }),
      ),
      TypeError,
    );
  });
  test('structured clone', () => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(new WebAssembly.Module(LOOP));
    const { message } = /** @type {{message: any}} */ (receiveMessageOnPort(port2));
    port1.close();
    assert.ok(message instanceof WebAssembly.Module);
    assert.equal(/** @type {any} */ (new WebAssembly.Instance(message)).exports.add(1, 1), 2);
  });
  test('a module without loops and recursion stays as it is', async () => {
    const count = guards().length;
    const { instance } = await WebAssembly.instantiate(STRAIGHT);
    assert.equal(/** @type {any} */ (instance.exports).one(), 1);
    assert.equal(guards().length, count);
  });
});

describe('the filter', () => {
  after(() => setFilter(() => true));
  test('leaves modules out, and is told what they are', async () => {
    /** @type {any[]} */
    const asked = [];
    setFilter((module) => {
      asked.push(module);
      return false;
    });
    const count = guards().length;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(LOOP));
    assert.equal(/** @type {any} */ (exports).add(1, 2), 3);
    assert.equal(guards().length, count);
    assert.deepEqual(asked[0].bytes, LOOP);
  });
  test('names a guard, whose handlers then run', async () => {
    const guard = new Guard();
    let called = 0;
    guard.on('SIGINT', () => {
      called++;
      guard.end();
    });
    setFilter(() => guard);
    const { instance } = await WebAssembly.instantiate(LOOP);
    guard.kill('SIGINT');
    assert.throws(() => guard.run(() => /** @type {any} */ (instance.exports).endless(), { timeout: 5000 }), {
      code: 'ERR_ENDED',
    });
    assert.equal(called, 1);
    assert.ok(guards().includes(guard));
  });
  test('names a guard before the module is there whose export is a handler', async () => {
    const guard = new Guard().on('SIGINT', 'interrupt');
    setFilter(() => guard);
    const first = await WebAssembly.instantiate(LOOP);
    const { instance } = await WebAssembly.instantiate(INTERRUPTED);
    guard.kill('SIGINT');
    assert.equal(
      guard.run(() => /** @type {any} */ (instance.exports).wait(), { timeout: 5000 }),
      1,
    );
    const alone = new Guard().on('SIGINT', 'interrupt');
    setFilter(() => alone);
    const { endless } = /** @type {any} */ ((await WebAssembly.instantiate(LOOP)).instance.exports);
    alone.kill('SIGINT');
    assert.throws(
      () => alone.run(endless, { timeout: 5000 }),
      ({ code, cause }) => code === 'ERR_HANDLER' && cause.code === 'ERR_EXPORT',
    );
    assert.equal(/** @type {any} */ (first.instance.exports).add(1, 2), 3);
  });
  test('that is no function is refused', () => {
    assert.throws(() => setFilter(/** @type {any} */ (true)), TypeError);
  });
});

test('a module that a guard has instrumented itself is that guard’s', async () => {
  const guard = new Guard();
  const count = guards().length;
  const { instance } = await guard.instantiate(LOOP.slice());
  assert.equal(guards().length, count);
  assert.throws(() => guard.run(() => /** @type {any} */ (instance.exports).endless(), { timeout: 20 }), TIMEOUT);
});

describe('the limits of run() hold for what is loaded in the call', () => {
  const load = () => /** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(LOOP)).exports);
  test('an endless loop is ended in time, and the instance goes on to work', () => {
    /** @type {any} */ let exports;
    const started = performance.now();
    assert.throws(() => run(() => (exports = load()).endless(), { timeout: 50 }), TIMEOUT);
    assert.ok(performance.now() - started >= 50);
    assert.equal(exports.add(1, 2), 3);
    assert.equal(exports.__stack_pointer.value, 65536, 'its stack pointer is restored');
    assert.throws(() => run(exports.endless, { timeout: 20 }), TIMEOUT);
  });
  test('the time of the call counts, not that of the instance', () => {
    const late = () => {
      const { endless } = load();
      for (const end = performance.now() + 300; performance.now() < end; );
      const started = performance.now();
      try {
        endless();
      } finally {
        assert.ok(performance.now() - started < 250, 'soon after its first safe point');
      }
    };
    assert.throws(() => run(late, { timeout: 300 }), TIMEOUT);
  });
  test('an end that comes out of a timer of the package', async () => {
    /** @type {any} */ let exports;
    const compute = () =>
      new Promise(() => {
        setTimeout(() => assert.throws(() => (exports = load()).endless(), TIMEOUT));
      });
    await assert.rejects(async () => run(compute, { timeout: 20 }), TIMEOUT);
    assert.equal(exports.add(1, 2), 3);
    const later = load();
    assert.equal(later.add(1, 2), 3, 'the call is over for programs that are loaded later');
  });
  test('an asynchronous call, an end that is caught, and an AbortSignal', async () => {
    const controller = new AbortController();
    const call = async () => {
      const { instance } = await WebAssembly.instantiate(LOOP);
      controller.abort();
      try {
        /** @type {any} */ (instance.exports).endless();
      } catch {}
      return 'swallowed';
    };
    await assert.rejects(run(call, { signal: controller.signal }), { code: 'ERR_ABORTED' });
  });
  test('a call that has ended holds for nothing more', async () => {
    assert.equal(await run(async () => (await WebAssembly.instantiate(LOOP)) && 1, { timeout: 5 }), 1);
    const exports = load();
    const guard = guards().at(-1);
    assert.ok(guard);
    assert.throws(() => guard.run(exports.endless, { timeout: 20 }), TIMEOUT);
    assert.equal(guard.end(), false, 'no call is under way');
  });
});

test('a guard lives as long as the functions of its instance, and no longer', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  /** @type {any} */ let exports = (await WebAssembly.instantiate(LOOP)).instance.exports;
  assert.throws(() => run(exports.endless, { timeout: 20 }), TIMEOUT);
  const guard = new WeakRef(/** @type {Guard} */ (guards().at(-1)));
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  assert.ok(guard.deref(), 'its instance is still used');
  assert.throws(() => run(exports.endless, { timeout: 20 }), TIMEOUT);
  exports = undefined;
  for (let i = 0; i < 200 && guard.deref(); i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  assert.equal(guard.deref(), undefined, 'nobody can call the instance');
});

test('instrumented modules are on disk, and one that is damaged is made again', () => {
  const folder = join(cache, 'instrumented');
  const files = () => readdirSync(folder).filter((name) => name.endsWith('.wasm'));
  assert.ok(existsSync(folder) && files().length > 0);
  for (const name of files()) {
    const content = readFileSync(join(folder, name));
    content[content.length - 1] ^= 1;
    writeFileSync(join(folder, name), content);
  }
  const damaged = files().map((name) => readFileSync(join(folder, name)));
  const { exports } = /** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(LOOP)));
  assert.throws(() => run(() => exports.endless(), { timeout: 20 }), TIMEOUT);
  const mended = files().map((name) => readFileSync(join(folder, name)));
  assert.equal(mended.filter((content, i) => !content.equals(damaged[i])).length, 1);
});

test('WebAssembly is given back as it was', () => {
  unregister();
  assert.deepEqual(described(), before);
  const count = guards().length;
  const module = new WebAssembly.Module(LOOP);
  assert.equal(module.constructor, WebAssembly.Module);
  assert.deepEqual(Object.keys(new WebAssembly.Instance(module).exports).length, 4);
  assert.equal(guards().length, count);
});
