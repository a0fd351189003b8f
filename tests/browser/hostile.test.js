// @ts-check
// Guests that import what nobody gave, and guests that make messages for their owner without end, while the page is too busy to look at any.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importing } from '../judges/fuzz/imports.mjs';
import { guest } from '../guests/wat_guests.js';
import { LIMIT, browserForTests, skip } from '../support/chromium.js';

const { open } = browserForTests();
const OPTIONS = { ...LIMIT, skip };
/** docs/limits.md: other messages of a guest that its owner has not seen. */
const MAX_WORK = 4096;
/** Attached, ended, and what else comes once. */
const FEW = 8;
const TIMES = 20_000;

/** @param {string} body */
const repeat = (body) =>
  `(local.set $i (i32.const ${TIMES})) (loop $again ${body} (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))`;
const STOPS = `${repeat('(call $stop (i32.const 20)) (call $stop (i32.const 0))')} (call $proc_exit (i32.const 7))`;
/** @param {number} pid */
const sends = (pid) =>
  `${repeat(`(drop (call $send (i32.const ${pid}) (i32.const 10) (i32.const 0) (i32.const 0)))`)} (call $proc_exit (i32.const 7))`;

for (const { mode, kind } of /** @type {const} */ ([
  { mode: 'shared', kind: 'isolated' },
  { mode: 'yielding', kind: 'plain' },
  { mode: 'posted', kind: 'plain' },
])) {
  for (const what of /** @type {const} */ (['stops and goes on', 'signals another guest'])) {
    test(
      `${mode}: a guest that ${what} ${TIMES} times leaves at most ${MAX_WORK} messages for a page that does not read them`,
      OPTIONS,
      async () => {
        const page = await open(kind);
        try {
          const bytes = [...guest(what === 'stops and goes on' ? STOPS : sends(2))]; // the page's first process is 2
          const other = [...guest('(loop $spin (drop (call $deliver)) (br $spin))')];
          const { held, code, last, stops } = await page.evaluate(
            async ({ bytes, other, mode }) => {
              const { start } = /** @type {any} */ (globalThis).tools;
              const target = start(new Uint8Array(other));
              await target.guest.ready;
              // A page that is busy: messages of the next worker wait until it looks.
              /** @type {MessageEvent[]} */
              const held = [];
              /** @type {((event: MessageEvent) => void) | undefined} */
              let handle;
              Object.defineProperty(Worker.prototype, 'onmessage', {
                configurable: true,
                set(handler) {
                  handle = handler;
                  this.addEventListener('message', (/** @type {MessageEvent} */ event) =>
                    holding ? void held.push(event) : handler(event),
                  );
                },
              });
              let holding = true;
              const flood = start(new Uint8Array(bytes), { mode, peers: [target.guest] });
              /** @type {string[]} */
              const seen = [];
              for (const type of ['stopped', 'continued']) flood.guest.addEventListener(type, () => seen.push(type));
              const over = () => held.some(({ data }) => data.type === 'exited');
              const quiet = async () => {
                for (let length = -1; length !== held.length; ) {
                  length = held.length;
                  await new Promise((resolve) => setTimeout(resolve, 300));
                }
              };
              while (held.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
              if (!over()) await quiet();
              const count = held.length;
              holding = false;
              for (const event of held) /** @type {Function} */ (handle)(event);
              const { code } = await flood.ends();
              await target.guest.close();
              return { held: count, code, last: seen.at(-1), stops: seen.length };
            },
            { bytes, other, mode },
          );
          assert.ok(held <= MAX_WORK + FEW, `${held} messages`);
          assert.equal(code, 7);
          if (what !== 'stops and goes on') return;
          assert.ok(held >= MAX_WORK, `${held} messages, so that nothing was tested`);
          assert.equal(last, 'continued', 'what is told last is how it is');
          if (mode === 'shared') assert.equal(stops, 2 * TIMES, 'the guest waited, and nothing was left out');
        } finally {
          await page.close();
        }
      },
    );
  }
}

const UNGIVEN = [
  ['constructor', 'freeze', 'function'],
  ['constructor', 'prototype', 'global'],
  ['toString', 'constructor', 'function'],
  ['wasmsig', 'constructor', 'function'],
  ['wasi_snapshot_preview1', '__proto__', 'global'],
  ['wasi_snapshot_preview1', 'proc_exit', 'tag'],
  ['hasOwnProperty', 'call', 'table'],
  ['wasmsig', 'toString', 'memory'],
];

for (const { kind, options } of /** @type {const} */ ([
  { kind: 'isolated', options: { mode: 'shared' } },
  { kind: 'plain', options: { mode: 'yielding' } },
  { kind: 'plain', options: { mode: 'posted' } },
  { kind: 'plain', options: { thread: 'this' } },
])) {
  test(
    `${Object.values(options)[0]}: a guest that imports what it was not given is refused by name, and runs nothing`,
    OPTIONS,
    async () => {
      const page = await open(kind);
      try {
        const programs = UNGIVEN.map(([module, field, kind]) => [...importing({ module, field, kind })]);
        const outcomes = await page.evaluate(
          async ({ programs, options }) => {
            const { start } = /** @type {any} */ (globalThis).tools;
            const told = [];
            for (const bytes of programs) {
              const one = start(new Uint8Array(bytes), options);
              const { code, message } = await one.guest.exited.catch((/** @type {any} */ error) => error);
              told.push({ code, message, output: one.output() });
            }
            return { told, frozen: Object.isFrozen(Object.prototype) };
          },
          { programs, options },
        );
        assert.deepEqual(
          outcomes.told.map(({ code, message, output }) => [
            code,
            /needs the import .*? \(.*?\)/.exec(message)?.[0],
            output,
          ]),
          UNGIVEN.map(([module, field, kind]) => [
            'ERR_START',
            `needs the import "${module}" "${field}" (${kind})`,
            '',
          ]),
        );
        assert.equal(outcomes.frozen, false);
      } finally {
        await page.close();
      }
    },
  );
}
