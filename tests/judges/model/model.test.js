// @ts-check
/** The models of the protocol, in sizes that take seconds each (npm run model for more). */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { models } from './models.mjs';
import { judge, readSearch } from './run.mjs';

const runner = fileURLToPath(new URL('run.mjs', import.meta.url));

/** @param {string[]} args */
function model(...args) {
  return spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8', timeout: 880_000 });
}

test('the properties of the protocol hold in every state of its models, and each planted defect is found', {
  timeout: 890_000,
}, () => {
  const { status, signal, stdout, stderr } = model('--short', '--json');
  assert.equal(signal ?? status, 0, `npm run model -- --short\n${stderr}`);
  const report = JSON.parse(stdout);
  assert.equal(report.hold, models.flatMap(({ runs }) => runs).filter(({ long }) => !long).length);
  assert.equal(report.found, models.flatMap(({ defects }) => defects).length);
});

const complete = `(Spin Version 6.5.2 -- 6 December 2019)
State-vector 64 byte, depth reached 122, errors: 0
   304764 states, stored
  151.181\ttotal actual memory usage
`;

test('a search is taken for a proof only if it saw all states and found no error', () => {
  assert.equal(judge(complete, 0, false), '');
  assert.deepEqual(readSearch(complete), { states: 304764, depth: 122, memoryMb: 152 });
  const violated = `pan:1: assertion violated as_linux (at depth 71)\n${complete.replace('errors: 0', 'errors: 1')}`;
  assert.equal(judge(violated, 0, false), 'assertion violated as_linux (at depth 71)');
  assert.match(judge(`Warning: Search not completed\n${complete}`, 0, false), /did not see all states/);
  assert.match(judge(`error: max search depth too small\n${complete}`, 0, false), /deeper/);
  assert.match(judge(`pan: reached -DMEMLIM bound\n${complete}`, 0, false), /did not see all states/);
  assert.match(judge('Killed', 137, false), /exit code 137/);
  assert.match(judge('', 0, false), /exit code 0/);
});

test('a planted defect counts as found only if the search says what is violated', () => {
  assert.equal(
    judge(`pan:1: assertion violated as_linux (at depth 71)\n${complete.replace('errors: 0', 'errors: 1')}`, 0, true),
    '',
  );
  assert.equal(judge(complete, 0, true), 'the defect was not found');
  assert.match(judge('cannot start', 127, true), /exit code 127/);
});

test('a model that is not there is refused with the names of those that are', () => {
  const { status, stderr } = model('--only', 'nonsense');
  assert.equal(status, 2);
  assert.match(stderr, /^model: unknown model "nonsense": they are standard, /);
});
