// @ts-check
// A reporter of node:test: one line of JSON per finished test. And the reader of these lines.

import { clean, emptySuite, tail } from './catch2.mjs';

/** @param {AsyncIterable<{type: string, data: any}>} source */
export default async function* lines(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const { name, nesting, skip, todo, details } = data;
    const { error } = details;
    yield `${JSON.stringify({
      name,
      nesting,
      skip,
      todo,
      group: details.type === 'suite',
      passed: type === 'test:pass',
      failure: error && { type: error.failureType, text: String(error.cause?.stack ?? error.cause ?? error.message) },
    })}\n`;
  }
}

/**
 * @param {string} text what the reporter wrote
 * @param {import('./command.mjs').Outcome} outcome
 * @param {string} root removed from paths
 * @returns {import('./catch2.mjs').Suite}
 */
export function readNodeTests(text, outcome, root) {
  const suite = emptySuite();
  suite.seconds = outcome.seconds;
  for (const line of text.split('\n').filter(Boolean)) {
    const test = JSON.parse(line);
    // A group that failed only because a test in it did says nothing new.
    if (test.group && (test.passed || test.failure?.type === 'subtestsFailed')) continue;
    if (test.skip !== undefined && test.skip !== false)
      suite.skipped.push({ name: test.name, reason: typeof test.skip === 'string' ? test.skip : '' });
    else if (test.todo !== undefined && test.todo !== false)
      suite.skipped.push({ name: test.name, reason: `to do${typeof test.todo === 'string' ? `: ${test.todo}` : ''}` });
    else if (test.passed) suite.passed++;
    else if (test.failure?.type === 'subtestsFailed') continue;
    else {
      suite.failed++;
      suite.failures.push({ name: test.name, text: clean(frames(test.failure?.text ?? 'failed'), root) });
    }
  }
  if (outcome.late || (outcome.code !== 0 && suite.failed === 0)) {
    const how = outcome.late
      ? `not finished after ${outcome.seconds.toFixed(0)} s`
      : outcome.signal
        ? `killed by ${outcome.signal}`
        : `exit code ${outcome.code}`;
    suite.failed++;
    suite.failures.push({ name: '(the file)', text: clean(`${how}\n${tail(outcome.stderr + outcome.stdout)}`, root) });
  }
  return suite;
}

/** Without the frames inside Node. @param {string} stack */
function frames(stack) {
  return stack
    .split('\n')
    .filter((line) => !/^\s+at .*(\bnode:|\bnode_modules\b)/.test(line))
    .slice(0, 60)
    .map((line) => line.slice(0, 1000))
    .join('\n')
    .replaceAll('file://', '');
}
