// @ts-check
/** What a run of the benchmark says: build/reports/bench.json, and the same as a table for people. */

/** @typedef {import('./stats.mjs').Summary} Summary */

/**
 * @typedef {object} Row
 * @property {string} id
 * @property {string} unit
 * @property {Summary} ours
 * @property {Record<string, Summary>} [peers]
 * @property {Summary} [limit]    what nobody can go below, measured in the same run; of a row that is not met: the limit that prevents it
 * @property {string} bar        'none': for information, beside one that has a bar
 * @property {boolean} met        in Node, and where the bar names it in Chromium
 * @property {string} [why]       why it is not met
 * @property {{name: string, ours: Summary, limit?: Summary, met: boolean}} [browser]
 * @property {Record<string, unknown>} [parts]
 * @property {Record<string, [share: number, value: number][]>} [distributions]  by program; see tail() of stats.mjs
 */

/**
 * @typedef {object} Report
 * @property {{processors: number, model: string, node: string, system: string, load: number}} machine `load`: when it ended, of one minute
 * @property {string} date
 * @property {boolean} quick
 * @property {number} seconds
 * @property {Row[]} rows
 * @property {{id: string, error: string}[]} failed
 */

/** About three significant figures. @param {number} value */
export function figure(value) {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return value === 0 ? '0' : size < 0.1 ? value.toPrecision(2) : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** @param {Summary | undefined} one */
export const both = (one) =>
  one ? (one.p50 === one.p99 ? figure(one.p50) : `${figure(one.p50)} / ${figure(one.p99)}`) : '';

/** @param {Row[]} rows */
export function table(rows) {
  const lines = [['', 'unit', 'ours p50 / p99', 'limit', 'others', 'Chromium', 'bar', '']];
  for (const { id, unit, ours, limit, peers = {}, browser, bar, met } of rows) {
    const others = Object.entries(peers)
      .map(([name, one]) => `${name} ${both(one)}`)
      .join(', ');
    lines.push([
      id,
      unit,
      both(ours),
      both(limit),
      others,
      both(browser?.ours),
      bar,
      bar === 'none' ? '' : met ? 'met' : 'NOT MET',
    ]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const reasons = rows.filter(({ met }) => !met).map(({ id, why }) => `\n${id} is not met: ${why ?? 'see its bar'}`);
  return (
    lines
      .map((line) =>
        line
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd(),
      )
      .join('\n') + reasons.join('')
  );
}
