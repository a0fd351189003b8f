// @ts-check
// wasmsig/register and wasmsig/guard in pages and in their workers, in each browser that is there. In Node: tests/js/guard, tests/js/register.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as chromium from '../support/chromium.js';
import * as firefox from '../support/firefox.js';
import { wasm } from '../support/wat.js';

const program = [
  ...wasm(`(module
    (memory (export "memory") 1)
    (global $flag (mut i32) (i32.const 0))
    (func (export "endless") (loop $again (br $again)))
    (func (export "spin") (result i32)
      (loop $again (br_if $again (i32.eqz (global.get $flag))))
      (i32.const 130))
    (func (export "interrupt") (global.set $flag (i32.const 1)))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`),
];
const other = [...wasm('(module (func (export "other") (loop $again (br $again))))')];
const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n';
/** What the page needs of the checkout, from its address. */
const REGISTER = '../../js/register/index.js';
const GUARD = '../../js/guard/index.js';
const SENDER = '../../js/link/sender.js';
const SQL_JS = '../../node_modules/sql.js/dist/sql-wasm-browser.js';
const KINDS = /** @type {const} */ (['isolated', 'plain', 'strict']);

for (const [name, browser] of Object.entries({ chromium, firefox })) {
  const { open, evaluate } = chromium.browserForTests(browser);
  const OPTIONS = { ...chromium.LIMIT, skip: browser.skip };

  for (const kind of KINDS) {
    test(
      `${name}, ${kind} page: run() ends an endless export on the page's thread, which stays usable`,
      OPTIONS,
      async () => {
        const ended = await evaluate(
          kind,
          async ({ register, program }) => {
            const { guards, run, unregister } = await import(register);
            const given = new Uint8Array(program);
            const wasm = { headers: { 'content-type': 'application/wasm' } };
            const ways = {
              instantiate: async () => (await /** @type {any} */ (WebAssembly.instantiate(given))).instance,
              streaming: async () => (await WebAssembly.instantiateStreaming(new Response(given, wasm))).instance,
              compile: async () => WebAssembly.instantiate(await WebAssembly.compile(given), {}),
              Module: async () => new WebAssembly.Instance(new WebAssembly.Module(given)),
            };
            /** @type {Record<string, unknown>} */
            const ended = {};
            for (const [way, make] of Object.entries(ways)) {
              const { endless, add } = /** @type {any} */ (await make()).exports;
              try {
                run(endless, { timeout: 30 });
              } catch (error) {
                ended[way] = [/** @type {any} */ (error).code, run(() => add(20, 22))];
              }
            }
            const count = guards().length;
            unregister();
            const left = Object.keys((await ways.instantiate()).exports).filter((one) => one.startsWith('wasmsig'));
            return { ...ended, count, left };
          },
          { register: REGISTER, program },
        );
        const each = ['ERR_TIMEOUT', 42];
        assert.deepEqual(ended, {
          instantiate: each,
          streaming: each,
          compile: each,
          Module: each,
          count: 4,
          left: [],
        });
      },
    );

    test(
      `${name}, ${kind} page: in a worker a time limit ends it, and signals of the page where memory is shared`,
      OPTIONS,
      async () => {
        const said = await evaluate(
          kind,
          async ({ program, sender }) => {
            const worker = new Worker('guarded_worker.js', { type: 'module' });
            const next = () =>
              new Promise((resolve, reject) => {
                worker.onmessage = ({ data }) => resolve(data);
                worker.onerror = ({ message }) => reject(new Error(message ?? 'the worker cannot be loaded'));
              });
            const ask = (/** @type {object} */ question) => (worker.postMessage(question), next());
            const { handle, refused } = await ask({ bytes: new Uint8Array(program) });
            await ask({ call: 'endless', limits: { timeout: 30 } });
            const limited = await next();
            let killed;
            if (handle) {
              const { Sender } = await import(sender);
              await ask({ call: 'endless' });
              Sender.from(handle).kill('SIGINT');
              killed = await next();
            }
            await ask({ call: 'add', args: [20, 22] });
            const { result } = await next();
            worker.terminate();
            return { refused, limited, killed, result };
          },
          { program, sender: SENDER },
        );
        const shared = kind !== 'plain';
        assert.deepEqual(said, {
          refused: shared ? undefined : 'ERR_NO_SHARED_MEMORY',
          limited: { code: 'ERR_TIMEOUT', signal: 'SIGTERM' },
          killed: shared ? { code: 'ERR_SIGNAL', signal: 'SIGINT' } : undefined,
          result: 42,
        });
      },
    );

    test(
      `${name}, ${kind} page: a query of sql.js, loaded as it is, is ended, and the rows are there`,
      OPTIONS,
      async () => {
        const result = await evaluate(
          kind,
          async ({ register, script, endless }) => {
            const { run } = await import(register);
            await new Promise((resolve, reject) => {
              const element = Object.assign(document.createElement('script'), { src: script, onload: resolve });
              element.onerror = () => reject(new Error('sql.js cannot be loaded'));
              document.head.append(element);
            });
            const { initSqlJs } = /** @type {any} */ (globalThis);
            const SQL = await initSqlJs({
              locateFile: (/** @type {string} */ name) => new URL(name, new URL(script, location.href)).href,
            });
            const db = new SQL.Database();
            db.run('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
            let code;
            try {
              run(() => db.exec(endless), { timeout: 100 });
            } catch (error) {
              ({ code } = /** @type {any} */ (error));
            }
            return [code, db.exec('SELECT count(*) FROM t')[0].values[0][0]];
          },
          { register: REGISTER, script: SQL_JS, endless: ENDLESS },
        );
        assert.deepEqual(result, ['ERR_TIMEOUT', 2]);
      },
    );
  }

  test(`${name}: what was compiled is in Cache Storage, from which the next page takes it`, OPTIONS, async () => {
    const first = await open('plain');
    try {
      const given = { register: REGISTER, program, other };
      // Another module's instrumented bytes are put in its place: only who takes them from there gets those.
      const stored = await first.evaluate(async ({ register, program, other }) => {
        const name = 'wasmsig-instrumented';
        await caches.delete(name);
        await import(register);
        const keys = async () => (await caches.open(name)).keys();
        await WebAssembly.compile(new Uint8Array(program));
        const [key] = await keys();
        await WebAssembly.compile(new Uint8Array(program));
        const before = (await keys()).length;
        await WebAssembly.compile(new Uint8Array(other));
        const cache = await caches.open(name);
        const of = (await cache.keys()).find(({ url }) => url !== key.url);
        const bytes = await /** @type {Response} */ (await cache.match(/** @type {Request} */ (of))).arrayBuffer();
        await cache.put(key, new Response(bytes));
        return { before, after: (await keys()).length };
      }, given);
      assert.deepEqual(stored, { before: 1, after: 2 });
      const names = await first.evaluate(exportsOf, given);
      assert.deepEqual(names, ['other']);
      await first.reload();
      await first.waitForFunction(() => 'tools' in globalThis);
      assert.deepEqual(await first.evaluate(exportsOf, given), ['other']);
    } finally {
      await first.evaluate(() => caches.delete('wasmsig-instrumented'));
      await first.close();
    }
  });

  for (const kind of /** @type {const} */ (['plain', 'isolated']))
    test(
      `${name}, ${kind} page: a computation on the page's thread yields, and a click ends it, stops it or sets its flag`,
      OPTIONS,
      async (t) => {
        const page = await open(kind);
        try {
          const can = await page.evaluate(
            async ({ guard, program }) => {
              if (!('promising' in WebAssembly)) return false;
              const { Guard } = await import(guard);
              const own = new Guard();
              const { instance } = await own.instantiate(new Uint8Array(program));
              const button = document.createElement('button');
              button.textContent = 'Stop';
              document.body.append(button);
              const call = (/** @type {string} */ name, /** @type {object} */ limits) =>
                own
                  .promising(instance.exports[name], { timeout: 30_000, ...limits })()
                  .catch((/** @type {any} */ { code, signal }) => [code, signal].join(' '));
              Object.assign(globalThis, { own, button, call });
              return true;
            },
            { guard: GUARD, program },
          );
          if (!can) return t.skip('this browser has no stack switching');

          const clicked = async (/** @type {() => void} */ begin) => {
            await page.evaluate(begin);
            await page.getByRole('button', { name: 'Stop' }).click();
            return page.evaluate(() => /** @type {any} */ (globalThis).ended);
          };
          const bySignal = await clicked(() => {
            const { own, button, call } = /** @type {any} */ (globalThis);
            button.onclick = () => own.kill('SIGINT');
            Object.assign(globalThis, { ended: call('endless') });
          });
          const byAbort = await clicked(() => {
            const { button, call } = /** @type {any} */ (globalThis);
            const controller = new AbortController();
            button.onclick = () => controller.abort();
            Object.assign(globalThis, { ended: call('endless', { signal: controller.signal }) });
          });
          const stopped = await clicked(() => {
            const { own, button, call } = /** @type {any} */ (globalThis);
            button.onclick = () => {
              own.kill('SIGSTOP');
              setTimeout(() => own.kill('SIGCONT'));
              setTimeout(() => own.kill('SIGTERM'));
            };
            Object.assign(globalThis, { ended: call('endless') });
          });
          const byFlag = await clicked(() => {
            const { own, button, call } = /** @type {any} */ (globalThis);
            own.on('SIGINT', 'interrupt');
            button.onclick = () => own.kill('SIGINT');
            Object.assign(globalThis, { ended: call('spin') });
          });
          assert.deepEqual(
            [bySignal, byAbort, stopped, byFlag],
            ['ERR_SIGNAL SIGINT', 'ERR_ABORTED SIGTERM', 'ERR_SIGNAL SIGTERM', 130],
          );
        } finally {
          await page.close();
        }
      },
    );

  test(`${name}: without stack switching promising() says what to do, and run() does as before`, OPTIONS, async () => {
    const said = await evaluate(
      'plain',
      async ({ guard, program }) => {
        Reflect.deleteProperty(WebAssembly, 'Suspending');
        const { Guard } = await import(guard);
        const own = new Guard();
        const { endless } = (await own.instantiate(new Uint8Array(program))).instance.exports;
        const codeOf = (/** @type {() => unknown} */ call) => {
          try {
            return call();
          } catch (error) {
            return /** @type {any} */ (error).code;
          }
        };
        return [
          codeOf(() => own.promising(endless)),
          codeOf(() => own.kill('SIGSTOP')),
          codeOf(() => own.run(endless, { timeout: 30 })),
          codeOf(() => own.run(endless, { budget: 10_000 })),
        ];
      },
      { guard: GUARD, program },
    );
    assert.deepEqual(said, ['ERR_NO_STACK_SWITCHING', 'ERR_CANNOT_STOP', 'ERR_TIMEOUT', 'ERR_BUDGET']);
  });
}

/** In a page. @param {{register: string, program: number[]}} given */
async function exportsOf({ register, program }) {
  await import(register);
  return WebAssembly.Module.exports(await WebAssembly.compile(new Uint8Array(program))).map(({ name }) => name);
}
