// @ts-check
// The same keys for Linux's terminal driver and for ours: equal signals, reads and screens. Wide characters are left out, where ours is meant to differ.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { signalNumber } from '../../../js/signals/index.js';
import { LineDiscipline } from '../../../js/terminal/line_discipline.js';
import { compiled } from '../../support/compiled.js';

const LIMIT = { timeout: 120_000, skip: process.platform === 'linux' ? false : 'it is compared with Linux' };
/** What ends the keys of a case: see linux_terminal.c. */
const END = '<end>\x04';

/** @typedef {{flags: string[], keys: string}} Case */

/** @param {Case} given */
function ours({ flags, keys }) {
  /** @type {number[]} */
  const signals = [];
  /** @type {Uint8Array[]} */
  const screen = [];
  const line = new LineDiscipline({
    show: (bytes) => screen.push(bytes),
    signal: (name) => signals.push(signalNumber(name)),
  });
  line.set(Object.fromEntries(flags.map((word) => [word.replace('-', ''), !word.startsWith('-')])));
  line.type(keys + END);
  /** @type {string[]} */
  const reads = [];
  for (let got = line.read(); got; got = line.read()) reads.push(got.length ? hex(got) : 'eof');
  return `${signals.join() || '.'} ${reads.join(line.flags.ICANON ? ',' : '')} ${hex(Buffer.concat(screen)) || '.'}`;
}

/** @param {Case[]} cases @returns {string[]} */
function linux(cases) {
  const input = cases.map(({ flags, keys }) => `${flags.join() || '.'} ${hex(Buffer.from(keys + END))}\n`).join('');
  const { stdout, stderr, status, error } = spawnSync(compiled('js/terminal/linux_terminal'), {
    input,
    encoding: 'utf8',
    timeout: LIMIT.timeout,
    maxBuffer: 1 << 26,
  });
  assert.equal(status, 0, `${error ?? ''}${stderr}`);
  return stdout.trimEnd().split('\n');
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Buffer.from(bytes).toString('hex');
}

/** Signals coalesce, so only which ones came is certain. @param {string} answer */
function certain(answer) {
  const [signals, ...rest] = answer.split(' ');
  return [[...new Set(signals.split(','))].sort(), ...rest].join(' ');
}

/** @param {string} answer */
function readable(answer) {
  const [signals, reads, screen] = answer.split(' ');
  const text = (/** @type {string} */ one) =>
    one === 'eof' || one === '.' ? one : JSON.stringify(Buffer.from(one, 'hex').toString());
  return { signals, reads: reads.split(',').map(text), screen: text(screen) };
}

/**
 * ^C flushes what is on its way to the screen, and how much that is is a matter of time, on a busy machine: what differs is asked again.
 * @param {Case[]} cases
 * @param {number} asks
 */
function compare(cases, asks = 3) {
  const kernel = linux(cases);
  assert.equal(kernel.length, cases.length);
  const differing = cases.filter((given, i) => certain(ours(given)) !== certain(kernel[i]));
  if (differing.length === 0) return;
  if (asks > 1) return compare(differing, asks - 1);
  const [{ flags, keys }] = differing;
  assert.deepEqual(
    readable(certain(ours(differing[0]))),
    readable(certain(kernel[cases.indexOf(differing[0])])),
    `keys ${JSON.stringify(keys)} with ${flags.join() || 'no other flags'}: ours, then Linux's`,
  );
}

/** Mulberry32. @param {number} seed */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const KEYS = [
  'a',
  'b',
  'Z',
  '0',
  '_',
  ' ',
  '-',
  '\t',
  '\r',
  '\n',
  'ü',
  'é',
  'ß',
  '€',
  '×',
  '\0',
  '\x01',
  '\x1b',
  '\x1b[A',
  '\x08',
  '\x7f',
  '\x7f',
  '\x7f',
  '\x17',
  '\x17',
  '\x15',
  '\x16',
  '\x12',
  '\x04',
  '\x03',
  '\x1c',
  '\x1a',
];
const FLAGS = [
  '-ICRNL',
  'INLCR',
  'IGNCR',
  '-OPOST',
  '-ONLCR',
  '-ISIG',
  '-ICANON',
  '-IEXTEN',
  'NOFLSH',
  '-ECHO',
  '-ECHOE',
  '-ECHOK',
  '-ECHOKE',
  '-ECHOCTL',
  'ECHONL',
];

test('what a person does at a prompt is what Linux makes of it', LIMIT, () => {
  const sessions = [
    'hello\r',
    'helo\x7flo\r',
    'one two  three\x17\x17four\r',
    'all wrong\x15right\r',
    'a\tb\tc\x7f\x7f\x7f\x7fd\r',
    '\tx\x7f\x7f',
    'grüße\x7f\x7f\x7f\r',
    'naïve über\x17\r',
    'typed ahead\rand more\x03next\r',
    'x\x1c',
    'x\x1a',
    '\x04',
    'part\x04rest\r',
    'a\x04\x04',
    '\x16\x03\r',
    '\x16\x16\x16\x7f\r',
    'a\x12b\r',
    '\x1b[A\x7f\x7f\x7f',
    '\0\r',
    'ab\x16\ncd\x7f\x7f\x7f\r',
  ];
  compare(sessions.map((keys) => ({ flags: [], keys })));
});

test('a line that is too long keeps its beginning', LIMIT, () => {
  compare([4094, 4095, 4096, 4097, 5000].map((length) => ({ flags: [], keys: `${'x'.repeat(length - 1)}y\r` })));
  compare([
    { flags: [], keys: `${'x'.repeat(4100)}\x7f\x7fz\r` },
    { flags: ['-ECHO'], keys: `${'x'.repeat(5000)}\x15z\r` },
  ]);
});

test('random keys with random flags are what Linux makes of them', LIMIT, () => {
  const seed = Number(process.env.WASMSIG_SEED ?? 20);
  const next = random(seed);
  const pick = (/** @type {string[]} */ list) => list[Math.floor(next() * list.length)];
  compare(
    Array.from({ length: 2000 }, () => ({
      flags: next() < 0.5 ? [] : [...new Set(Array.from({ length: 1 + Math.floor(next() * 3) }, () => pick(FLAGS)))],
      keys: Array.from({ length: 1 + Math.floor(next() * 24) }, () => pick(KEYS)).join(''),
    })),
  );
});
