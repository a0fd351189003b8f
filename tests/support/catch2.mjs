// @ts-check
// Reads what Catch2's XML reporter writes. It writes as the tests run, so the output of a program that crashed or hung tells where.

/**
 * @typedef {{name: string, reason: string}} Skip
 * @typedef {{name: string, text: string}} Failure
 * @typedef {{passed: number, failed: number, skipped: Skip[], failures: Failure[], seconds: number}} Suite
 */

/** @returns {Suite} */
export function emptySuite() {
  return { passed: 0, failed: 0, skipped: [], failures: [], seconds: 0 };
}

const TAG =
  /<(\/?)(TestCase|Section|Expression|Original|Expanded|Exception|FatalErrorCondition|Failure|Skip|Info|OverallResult|Catch2TestRun)\b([^<>]*?)(\/?)>/g;

/**
 * @param {import('./command.mjs').Outcome} outcome
 * @param {string} root removed from paths
 * @returns {Suite}
 */
export function readCatch2(outcome, root) {
  const suite = emptySuite();
  suite.seconds = outcome.seconds;
  const { stdout } = outcome;
  /** @type {{name: string, where: string, problems: string[], skips: string[], text: Record<string, string>, at: string} | undefined} */
  let test;
  let finished = false;
  /** @type {number[]} where the text of an open tag begins */
  const open = [];
  for (const { 1: close, 2: tag, 3: rest, 4: empty, index, 0: whole } of stdout.matchAll(TAG)) {
    if (tag === 'Catch2TestRun') {
      finished = close === '/';
    } else if (tag === 'TestCase' && !close) {
      test = { name: attribute(rest, 'name'), where: place(rest), problems: [], skips: [], text: {}, at: '' };
    } else if (!test) {
      // Between two test cases: nothing that is read here.
    } else if (tag === 'TestCase') {
      suite.failed++;
      suite.failures.push({ name: test.name, text: `${test.where}: no result was reported` });
      test = undefined;
    } else if (tag === 'OverallResult') {
      const { name, problems, skips } = test;
      if (/success="false"/.test(rest)) {
        suite.failed++;
        suite.failures.push({ name, text: clean(problems.join('\n') || `${test.where}: failed`, root) });
      } else if (Number(attribute(rest, 'skips')) > 0) {
        suite.skipped.push({ name, reason: [...new Set(skips)].join('; ') });
      } else {
        suite.passed++;
      }
      // The end tag that follows belongs to a test that has its result.
      test = undefined;
    } else if (!close && !empty) {
      if (tag === 'Expression' || tag === 'Exception' || tag === 'FatalErrorCondition' || tag === 'Failure')
        test.at = place(rest);
      open.push(index + whole.length);
    } else if (close) {
      const text = unescaped(stdout.slice(open.pop() ?? index, index).trim());
      test.text[tag] = text;
      if (tag === 'Skip') test.skips.push(text);
      if (tag === 'Expression')
        test.problems.push(`${test.at}: ${test.text.Original ?? ''}\n    ${test.text.Expanded ?? ''}`);
      if (tag === 'Exception' || tag === 'FatalErrorCondition' || tag === 'Failure')
        test.problems.push(`${test.at}: ${tag}: ${text.replace(/<[^>]*>/g, ' ')}`);
      if (tag === 'Info') test.problems.push(`    with ${text}`);
    }
  }
  const crash = howItEnded(
    outcome,
    finished,
    suite.failed > 0,
    suite.passed + suite.failed === 0 && suite.skipped.length > 0,
  );
  if (crash) {
    suite.failed++;
    suite.failures.push({
      name: test ? test.name : '(the program)',
      text: clean(
        [...(test?.problems ?? []), crash, tail(outcome.stderr || (finished ? '' : stdout))].filter(Boolean).join('\n'),
        root,
      ),
    });
  }
  return suite;
}

/**
 * @param {import('./command.mjs').Outcome} outcome
 * @param {boolean} finished
 * @param {boolean} failed
 * @param {boolean} allSkipped
 */
function howItEnded({ code, signal, late, seconds }, finished, failed, allSkipped) {
  if (late) return `not finished after ${seconds.toFixed(0)} s`;
  if (signal) return `killed by ${signal}`;
  if (!finished) return `ended with exit code ${code} before the tests were through`;
  // Catch2 answers 4 where every test was skipped.
  return code === 0 || failed || (code === 4 && allSkipped) ? '' : `all tests passed, but the exit code is ${code}`;
}

/** @param {string} text @param {number} [lines] */
export function tail(text, lines = 25) {
  return text
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => line.slice(0, 400))
    .join('\n');
}

/** @param {string} text @param {string} root */
export function clean(text, root) {
  return text.replaceAll(`${root}/`, '');
}

/** @param {string} rest @param {string} name */
function attribute(rest, name) {
  return unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(rest)?.[1] ?? '');
}

/** @param {string} rest */
function place(rest) {
  return `${attribute(rest, 'filename').replace(/^Z:/, '').replaceAll('\\', '/')}:${attribute(rest, 'line')}`;
}

/** @param {string} text */
function unescaped(text) {
  return text.replace(
    /&(lt|gt|quot|apos|amp);/g,
    (_, name) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[/** @type {'lt'} */ (name)],
  );
}
