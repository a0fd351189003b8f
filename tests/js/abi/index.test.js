// @ts-check
/** js/abi/index.js against the page and against the C++ side. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { EDITIONS } from '../../../js/abi/edition.js';
import * as abi from '../../../js/abi/index.js';

const LIMIT = { timeout: 10_000 };
const page = readFileSync(new URL('../../../docs/host-abi.md', import.meta.url), 'utf8');
const header = readFileSync(new URL('../../../src/queue/block.hpp', import.meta.url), 'utf8');

test('every word of the page is where js/abi/index.js says', LIMIT, () => {
  /** @type {Record<string, number>} */
  const found = {};
  for (const [, words, names] of page.matchAll(/^\| ([\d, +i]+) \| (`[^|]*) \|/gm)) {
    const start = /^(\d+)(?: \+ (?:i|2 i))?$/.exec(words)
      ? [Number.parseInt(words, 10)]
      : words.split(', ').map(Number);
    [...names.matchAll(/`(\w+)(?:\[\w\])?`/g)].forEach(([, name], index) => (found[name] = start[index]));
  }
  assert.deepEqual(found, { ...abi.WORD });
});

test('every word of the C++ structure is where js/abi/index.js says', LIMIT, () => {
  const body = /struct alignas\(64\) Block \{([\s\S]*?)\n\};/.exec(header)?.[1] ?? '';
  /** @type {Record<string, number>} */
  const found = {};
  let at = 0;
  for (const [, type, members] of body.replace(/\/\/.*/g, '').matchAll(/(uint32_t|Word|Pair) ([^;]+);/g)) {
    for (const member of members.split(',')) {
      const [, name, length] = /(\w+)(?:\[(\w+)\])?/.exec(member) ?? [];
      if (!name.startsWith('reserved')) found[name] = at;
      at +=
        (length === undefined ? 1 : length === 'kCells' ? abi.CELLS : Number(length)) *
        (type === 'Pair' ? abi.PAIR_WORDS : 1);
    }
  }
  assert.deepEqual(found, { ...abi.WORD });
  assert.equal(at, abi.BLOCK_WORDS);
});

test('the editions have the numbers of wasmsig.h', LIMIT, () => {
  const text = readFileSync(new URL('../../../src/include/wasmsig/wasmsig.h', import.meta.url), 'utf8');
  const found = [...text.matchAll(/\bWSIG_EDITION_(\w+) = ([1-9]\d*)/g)].map(([, name, value]) => [
    name.toLowerCase(),
    Number(value),
  ]);
  assert.deepEqual(Object.fromEntries(found), { ...EDITIONS });
});

test('constants are the same in C++', LIMIT, () => {
  const value = (/** @type {string} */ name) =>
    Number(new RegExp(`\\b${name} = (0x[0-9a-f]+|\\d+)u?\\b`, 'i').exec(header)?.[1]);
  assert.equal(value('kMagic'), abi.MAGIC);
  assert.equal(value('kVersion'), abi.VERSION);
  assert.equal(value('kCells'), abi.CELLS);
  assert.equal(value('kFirstJob'), abi.FIRST_JOB);
  assert.equal(value('kJobs'), abi.JOBS);
  assert.equal(value('kFlagExtended'), abi.FLAG_EXTENDED);
  assert.equal(value('kFlagSleeps'), abi.FLAG_SLEEPS);
  assert.equal(value('kSent'), abi.INFO_SENT);
  assert.equal(value('kPidMask'), abi.PID_MASK);
  assert.equal(value('kCellFilled'), abi.CELL.filled);
  assert.equal(value('kCellLap'), abi.CELL.lap);
  assert.equal(value('kCellValue'), abi.CELL.value);
  assert.equal(value('kCellSigno'), abi.CELL.signo_shift);
  assert.equal(value('kCellFirst'), abi.CELL.first);
  assert.equal(value('kRingSignals'), abi.BELL.signals);
  assert.equal(value('kRingTimer'), abi.BELL.timer);
  assert.equal(value('kRingInput'), abi.BELL.event);
  assert.equal(value('kRingThread'), abi.BELL.thread);
  assert.equal(value('kRingInline'), abi.BELL.inline);
  assert.equal(value('kCodeUser'), abi.CODE.user);
  assert.equal(value('kCodeQueue'), abi.CODE.queue);
  assert.equal(value('kCodeKernel'), abi.CODE.kernel);
  assert.equal(value('kCodeTimer'), abi.CODE.timer);
  assert.equal(value('kCodeThread'), abi.CODE.tkill);
});
