// @ts-check
/** The plots of docs/bench: plain SVG, readable on dark and light pages. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const WIDTH = 720;
const HEIGHT = 260;
const MARGIN = { left: 52, right: 16, top: 34, bottom: 40 };

/**
 * @param {import('./run.mjs').Row[]} rows
 * @param {string} folder
 * @returns {string[]} the files written
 */
export function plots(rows, folder) {
  mkdirSync(folder, { recursive: true });
  const files = [];
  for (const { id, unit, distribution } of rows) {
    if (!distribution?.length) continue;
    const file = join(folder, `${id}.svg`);
    writeFileSync(file, distributionPlot(`${id}: ${distribution.length} samples`, unit, distribution));
    files.push(file);
  }
  return files;
}

/**
 * The share of samples above each time, both axes logarithmic: a straight look at the tail.
 * @param {string} title
 * @param {string} unit
 * @param {number[]} samples
 */
function distributionPlot(title, unit, samples) {
  const sorted = samples.filter((one) => one > 0).sort((a, b) => a - b);
  const low = Math.floor(Math.log10(sorted[0]));
  const high = Math.max(low + 1, Math.ceil(Math.log10(sorted[sorted.length - 1])));
  const floor = Math.floor(Math.log10(1 / sorted.length));
  const x = (/** @type {number} */ value) => MARGIN.left + ((Math.log10(value) - low) / (high - low)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (/** @type {number} */ share) => MARGIN.top + (Math.log10(share) / floor) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const step = Math.max(1, Math.floor(sorted.length / 1500));
  const points = sorted.flatMap((value, i) => (i % step === 0 || i > sorted.length - 200 ? [`${x(value).toFixed(1)},${y((sorted.length - i) / sorted.length).toFixed(1)}`] : []));
  const grid = [];
  for (let power = low; power <= high; power++) {
    grid.push(`<line x1="${x(10 ** power)}" x2="${x(10 ** power)}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/>`, label(x(10 ** power), HEIGHT - MARGIN.bottom + 16, `${10 ** power}`, 'middle'));
  }
  for (let power = 0; power >= floor; power--) {
    grid.push(`<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(10 ** power)}" y2="${y(10 ** power)}"/>`, label(MARGIN.left - 6, y(10 ** power) + 4, `${+(100 * 10 ** power).toPrecision(1)} %`, 'end'));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}" font-family="sans-serif" font-size="12">
<style>line{stroke:#8886;stroke-width:1}text{fill:#777}polyline{fill:none;stroke:#2f81f7;stroke-width:2}</style>
${grid.join('\n')}
<polyline points="${points.join(' ')}"/>
${label(MARGIN.left, 18, `${title}; share of them above each time`, 'start')}
${label(WIDTH / 2, HEIGHT - 8, unit, 'middle')}
</svg>
`;
}

/** @param {number} x @param {number} y @param {string} text @param {string} anchor */
function label(x, y, text, anchor) {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${text}</text>`;
}
