// @ts-check
// The guest's standard input on its way: the end of the file for one read, as a terminal makes it, and for good.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { LocalInput } from '../../../js/link/local_input.js';
import { InputPump } from '../../../js/browser/streams.js';
import { InputPump as NodeInputPump } from '../../../js/node/streams.js';
import { Input } from '../../../js/link/input.js';

const LIMIT = { timeout: 20_000 };

for (const [name, create] of /** @type {const} */ ([
  ['shared', () => new Input()],
  ['by message', () => new LocalInput(true)],
])) {
  test(`${name}: no bytes are the end of the file for one read, end() is for good`, LIMIT, () => {
    const input = create();
    assert.equal(input.readable, false);
    assert.equal(input.ask(), true);
    input.write(Uint8Array.of(1, 2, 3));
    assert.deepEqual(
      [input.read(2), input.readable, input.read(2), input.readable],
      [Uint8Array.of(1, 2), true, Uint8Array.of(3), false],
    );
    assert.equal(input.ask(), true);
    input.write(new Uint8Array(0));
    assert.deepEqual([input.readable, input.read(8), input.readable], [true, null, false]);
    assert.equal(input.ask(), true);
    input.write(Uint8Array.of(4));
    input.end();
    assert.deepEqual(
      [input.read(8), input.read(8), input.read(8), input.readable],
      [Uint8Array.of(4), null, null, true],
    );
  });
}

test('a chunk without bytes is the end of the file at a terminal only', LIMIT, async () => {
  for (const [terminal, wanted] of /** @type {const} */ ([
    [true, [[], [1], [], 'end']],
    [false, [[1], 'end']],
  ])) {
    /** @type {(number[] | 'end')[]} */
    const given = [];
    const pump = new InputPump(
      { write: (bytes) => given.push([...bytes]) && bytes.length, end: () => given.push('end') },
      /** @type {any} */ (ReadableStream).from(['', Uint8Array.of(1), '']),
      { terminal },
    );
    while (given.at(-1) !== 'end') await new Promise((resolve) => pump.want(() => resolve(undefined)));
    assert.deepEqual(given, wanted);
  }
});

test(
  'what a stream of Node holds is there before the answer that there is no more, and before its end, whenever the guest asks',
  LIMIT,
  async () => {
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (let turns = 0; turns < 8; turns++) {
      const input = new Input();
      const stream = new PassThrough();
      stream.end('hello');
      const pump = new NodeInputPump(input, () => stream);
      input.ask();
      pump.want(() => {});
      for (let i = 0; i < turns; i++) await turn();
      for (const expected of [Buffer.from('hello'), null]) {
        // As a read that does not wait does: it asks, and waits until it is answered.
        if (!input.readable && input.ask()) pump.want(() => {});
        if (!input.readable) {
          input.startProbe();
          pump.want(() => {});
          while (input.probing && !input.readable) await turn();
        }
        const found = input.read(100);
        assert.deepEqual(found && Buffer.from(found), expected, `${turns} turns`);
      }
      pump.close();
    }
  },
);
