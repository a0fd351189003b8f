// @ts-check
// build/reports/tests.json and what people read.

/**
 * @typedef {{targets: Record<string, {suites: Record<string, import('./catch2.mjs').Suite>}>}} Results
 */

/** Adds the results of one more program or file of a suite. @param {Results} results @param {string} target @param {string} name @param {import('./catch2.mjs').Suite} more */
export function add(results, target, name, more) {
  const { suites } = (results.targets[target] ??= { suites: {} });
  const suite = (suites[name] ??= { passed: 0, failed: 0, skipped: [], failures: [], seconds: 0 });
  suite.passed += more.passed;
  suite.failed += more.failed;
  suite.skipped.push(...more.skipped);
  suite.failures.push(...more.failures);
  suite.seconds = Math.round((suite.seconds + more.seconds) * 10) / 10;
}

/** @param {Results} results */
export function totals(results) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of Object.values(results.targets).flatMap(({ suites }) => Object.values(suites))) {
    total.passed += suite.passed;
    total.failed += suite.failed;
    total.skipped += suite.skipped.length;
  }
  return total;
}

/** @param {Results} results */
export function table(results) {
  const rows = [['target', 'suite', 'passed', 'failed', 'skipped', 'seconds']];
  for (const [target, { suites }] of Object.entries(results.targets)) {
    for (const [name, suite] of Object.entries(suites)) {
      rows.push([target, name, suite.passed, suite.failed, suite.skipped.length, suite.seconds.toFixed(1)].map(String));
    }
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Why tests were skipped, each reason once. @param {Results} results */
export function skips(results) {
  /** @type {Map<string, string[]>} */
  const reasons = new Map();
  for (const [target, { suites }] of Object.entries(results.targets)) {
    for (const [name, suite] of Object.entries(suites)) {
      for (const skip of suite.skipped) {
        const key = `${target} ${name}: ${skip.reason || 'NO REASON GIVEN'}`;
        reasons.set(key, [...(reasons.get(key) ?? []), skip.name]);
      }
    }
  }
  return [...reasons]
    .map(([reason, names]) => `skipped ${names.length} of ${reason}${names.length <= 2 ? `: ${names.join('; ')}` : ''}`)
    .join('\n');
}

/** @param {Results} results */
export function failures(results) {
  const texts = [];
  for (const [target, { suites }] of Object.entries(results.targets)) {
    for (const [name, suite] of Object.entries(suites)) {
      for (const failure of suite.failures)
        texts.push(`FAILED ${target} ${name}: ${failure.name}\n${failure.text.replace(/^/gm, '    ')}`);
    }
  }
  return texts.join('\n\n');
}
