// @ts-check
/** docs/performance.md and docs/bench/ from a report, so that they cannot say anything else than it: `npm run bench -- --write-docs`. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plots } from './plots.mjs';
import { both, figure } from './report.mjs';

/** @typedef {import('./report.mjs').Report} Report */

/** The tables of the page stand between `<!-- NAME -->` and `<!-- /NAME -->`, one for each report. @type {Record<string, (report: Report) => string>} */
const TABLES = { bars: barsOf, latencies: latencyPlots, kernels: kernelsTable, programs: programsTable };

/**
 * Whose processor a report was measured on, as the name of its folder in docs/bench. Processors differ more than runs, so each vendor's last report is kept.
 * @param {Report} report
 */
export function vendorOf({ machine }) {
  return /\b(intel|amd|apple|arm)\b/i.exec(machine.model)?.[1].toLowerCase() ?? 'other';
}

/** The reports in docs/bench, by vendor. @param {string} docs the folder @returns {Map<string, Report>} */
export function keptReports(docs) {
  const folder = join(docs, 'bench');
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder)
      .sort()
      .map((vendor) => [vendor, JSON.parse(readFileSync(join(folder, vendor, 'bench.json'), 'utf8'))]),
  );
}

/**
 * @param {Report} report  takes the place of the one of the same vendor
 * @param {string} docs the folder
 * @returns {string[]} the files written
 */
export function writeDocs(report, docs) {
  const vendor = vendorOf(report);
  const folder = join(docs, 'bench', vendor);
  const page = join(docs, 'performance.md');
  const text = fill(readFileSync(page, 'utf8'), new Map([...keptReports(docs), [vendor, report]]));
  const files = new Map([
    [page, text],
    [join(folder, 'bench.json'), `${JSON.stringify(report)}\n`],
    ...plots(report.rows).map(({ name, svg }) => /** @type {const} */ ([join(folder, name), svg])),
  ]);
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of files) writeFileSync(file, content);
  return [...files.keys()];
}

/**
 * The page with its tables filled.
 * @param {string} page
 * @param {Map<string, Report>} reports  by vendor
 */
export function fill(page, reports) {
  const all = [...reports.values()].sort((one, other) => one.machine.model.localeCompare(other.machine.model));
  for (const [name, make] of Object.entries(TABLES)) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [page.indexOf(begin), page.indexOf(end)];
    if (from < 0 || to < from)
      throw new Error(
        `docs/performance.md has no place for its table "${name}": ${begin} and ${end} on lines of their own`,
      );
    page = `${page.slice(0, from + begin.length)}\n${all.map((report) => `**${report.machine.model}**\n\n${make(report)}\n`).join('\n')}${page.slice(to)}`;
  }
  return page;
}

/** @param {string[][]} rows the first is the head */
function markdown([head, ...rows]) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** @param {Report} report */
function barsOf(report) {
  return [machineLine(report), barsTable(report), unmetList(report)].join('\n\n');
}

/** @param {Report} report */
function barsTable({ rows }) {
  return markdown([
    ['id', 'unit', 'ours', 'raw limit', 'others', 'ours in Chromium', 'bar', ''],
    ...rows.map(({ id, unit, ours, limit, peers = {}, browser, bar, met }) => [
      `\`${id}\``,
      unit,
      both(ours),
      both(limit),
      Object.entries(peers)
        .map(([name, one]) => `${name} ${both(one)}`)
        .join('<br>'),
      browser ? `${both(browser.ours)}${browser.limit ? ` (limit ${both(browser.limit)})` : ''}` : '',
      bar,
      bar === 'none' ? '' : met ? 'met' : '**not met**',
    ]),
  ]);
}

/** @param {Report} report */
function unmetList({ rows }) {
  const unmet = rows.filter(({ met }) => !met);
  return unmet.length === 0
    ? 'All bars were met in this run.'
    : `Not met:\n\n${unmet.map(({ id, why }) => `* \`${id}\`: ${why}.`).join('\n')}`;
}

/** @param {Report} report */
function latencyPlots(report) {
  return plots(report.rows)
    .map(({ name }) => name.replace('.svg', ''))
    .filter((id) => id !== 'overhead.kernels')
    .map((id) => plot(report, id))
    .join('\n\n');
}

/** @param {Report} report @param {string} id */
function plot(report, id) {
  return `![${id} on ${report.machine.model}](bench/${vendorOf(report)}/${id}.svg)`;
}

/** @param {Report} report */
function kernelsTable(report) {
  const { rows } = report;
  const parts = /** @type {Record<string, import('./kernels/measure.mjs').Ratios>} */ (
    rows.find(({ id }) => id === 'overhead.kernels')?.parts ?? {}
  );
  const engines = Object.entries(parts);
  if (!engines.length) return 'Not measured.';
  const names = Object.keys(engines[0][1].kernels);
  return `${plot(report, 'overhead.kernels')}\n\n${markdown([
    ['', ...engines.map(([name]) => name)],
    ...names.map((name) => [
      name,
      ...engines.map(([, { kernels }]) => {
        const { ratio, low, high } = kernels[name];
        return `${ratio.toFixed(3)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
      }),
    ]),
    ['**geomean**', ...engines.map(([, { geomean }]) => `**${geomean.toFixed(3)}**`)],
  ])}`;
}

/** @param {Report} report */
function programsTable({ rows }) {
  const parts = /** @type {Record<string, Record<string, number>>} */ (
    rows.find(({ id }) => id === 'overhead.programs')?.parts ?? {}
  );
  const lines = Object.entries(parts).flatMap(([interpreter, programs]) =>
    Object.entries(programs).map(([name, ratio]) => [interpreter, name, ratio.toFixed(3)]),
  );
  return lines.length ? markdown([['interpreter', 'program', 'ratio'], ...lines]) : 'Not measured.';
}

/** @param {Report} report */
function machineLine({ machine, date, quick, seconds }) {
  return `${date.slice(0, 10)}, ${machine.processors} x ${machine.model}, ${machine.system}, Node ${machine.node}; ${quick ? '`--quick`' : 'a full run'} of ${figure(seconds / 60)} minutes, load ${machine.load.toFixed(1)} at its end.`;
}
