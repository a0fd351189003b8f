// @ts-check
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  defaultAction,
  signalName,
  signalNumber,
  signals,
  standardSignals,
  strsignal,
} from '../../../js/signals/index.js';

const LIMIT = { timeout: 20_000 };

test('names and numbers are found, also without SIG and in small letters', LIMIT, () => {
  assert.equal(signalNumber('SIGINT'), 2);
  assert.equal(signalNumber('INT'), 2);
  assert.equal(signalNumber('term'), 15);
  assert.equal(signalNumber(64), 64);
  assert.equal(signalNumber('SIGIOT'), 6);
  assert.equal(signalNumber('SIGRTMIN'), 35);
  assert.equal(signalNumber('SIGRTMIN+3'), 38);
  assert.equal(signalNumber('RTMAX-1'), 63);
});

test('numbers that are no signals are a RangeError that names the range', LIMIT, () => {
  for (const number of [0, 65, -1, 1e9, NaN, Infinity, 2.5, 32, 33, 34]) {
    assert.throws(
      () => signalNumber(number),
      (error) => error instanceof RangeError && /1 to 31 or 35 to 64/.test(error.message),
      String(number),
    );
  }
  assert.throws(() => signalNumber('SIGRTMIN+30'), RangeError);
});

test('other names and other types are a TypeError', LIMIT, () => {
  for (const value of ['SIGFOO', '', 'toString', '__proto__', 'SIG', null, undefined, {}, 2n, Symbol('x')]) {
    assert.throws(() => signalNumber(/** @type {any} */ (value)), TypeError);
  }
});

test('the table is that of this Linux', {
  ...LIMIT,
  skip: process.platform !== 'linux' && 'it is compared with Linux',
}, () => {
  for (const [name, number] of Object.entries(constants.signals)) {
    if (name !== 'SIGUNUSED') assert.equal(signals[name], number, name);
  }
});

test('names, actions and texts', LIMIT, () => {
  assert.equal(standardSignals.length, 31);
  standardSignals.forEach((signal, index) => assert.equal(signal.number, index + 1));
  assert.equal(signalName(38), 'SIGRTMIN+3');
  assert.equal(signalName('RTMAX'), 'SIGRTMAX');
  assert.equal(defaultAction('SIGQUIT'), 'core');
  assert.equal(defaultAction(50), 'terminate');
  assert.equal(defaultAction('SIGCHLD'), 'ignore');
  assert.equal(strsignal(2), 'Interrupt');
  assert.equal(strsignal(36), 'Real-time signal 1');
});

test('generated files are what signals.def says', LIMIT, () => {
  const generate = fileURLToPath(new URL('../../../scripts/generate.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [generate, '--check'], { encoding: 'utf8', timeout: 15_000 });
  assert.equal(stderr, '');
  assert.equal(status, 0);
});
