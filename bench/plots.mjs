// @ts-check
/** The plots of docs/bench: plain SVG, readable on dark and light pages. */

/** @typedef {import('./report.mjs').Row} Row */
/** @typedef {[share: number, value: number][]} Tail */

const WIDTH = 760;
/** Told apart by colour and by order, lines by dashes too; dark enough for a light page and light enough for a dark one. */
const COLOURS = ['#2f81f7', '#8b8b8b', '#d1702a', '#a35fd6', '#2ca069', '#c9a227'];
/** The lines, in the order of the legend. */
const LINES = Object.freeze([
  ['ours', ''],
  ['limit', '6 3'],
  ['native', ''],
  ['pyodide', '8 3 2 3'],
  ['quickjs-emscripten', '2 3'],
  ['browser', '5 2'],
]);
const NAMES = Object.freeze(
  /** @type {Record<string, string>} */ ({
    limit: 'raw limit',
    pyodide: 'Pyodide',
    'quickjs-emscripten': 'QuickJS',
    browser: 'ours, Chromium',
  }),
);
const TITLES = Object.freeze({
  'latency.busy': 'send to handler, guest computing',
  'latency.poll': 'send to handler, an embedder that calls wsig_poll()',
  'latency.wait': 'send to handler, guest asleep',
  'timer.first': 'lateness of the first setitimer(), owner computing',
  'timer.busy': 'lateness of setitimer(), guest computing',
  'timer.idle': 'lateness of setitimer(), guest asleep',
});

/** @param {Row[]} rows @returns {{name: string, svg: string}[]} */
export function plots(rows) {
  const files = [];
  for (const { id, unit, distributions, parts } of rows) {
    if (id in TITLES && distributions)
      files.push({
        name: `${id}.svg`,
        svg: tails(`${id}: ${TITLES[/** @type {keyof typeof TITLES} */ (id)]}`, unit, distributions),
      });
    if (id === 'overhead.kernels' && parts)
      files.push({
        name: `${id}.svg`,
        svg: bars(/** @type {Record<string, import('./kernels/measure.mjs').Ratios>} */ (parts)),
      });
  }
  return files;
}

/**
 * The share of samples above each time, both axes logarithmic: a straight look at the tail.
 * @param {string} title
 * @param {string} unit
 * @param {Record<string, Tail>} distributions
 */
function tails(title, unit, distributions) {
  const box = { left: 64, right: WIDTH - 150, top: 40, bottom: 300 };
  // One way is a round trip less half of a bare one, so a few samples are 0.
  const all = LINES.flatMap(([name, dash], i) =>
    distributions[name]
      ? [
          {
            name,
            dash,
            colour: COLOURS[i % COLOURS.length],
            tail: distributions[name].filter(([, value]) => value > 0),
          },
        ]
      : [],
  );
  const values = all.flatMap(({ tail }) => tail.map(([, value]) => value));
  const [low, high] = [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
  const floor = Math.floor(Math.log10(Math.min(...all.map(({ tail }) => tail[tail.length - 1][0]))));
  const x = (/** @type {number} */ value) =>
    box.left + ((Math.log10(value) - low) / (high - low)) * (box.right - box.left);
  const y = (/** @type {number} */ share) => box.top + (Math.log10(share) / floor) * (box.bottom - box.top);
  const marks = [];
  for (let power = low; power <= high; power++) {
    marks.push(
      line(x(10 ** power), box.top, x(10 ** power), box.bottom),
      label(x(10 ** power), box.bottom + 17, `${Number((10 ** power).toPrecision(1))}`, 'middle'),
    );
  }
  for (let power = 0; power >= floor; power--) {
    marks.push(
      line(box.left, y(10 ** power), box.right, y(10 ** power)),
      label(box.left - 6, y(10 ** power) + 4, `${Number((100 * 10 ** power).toPrecision(1))} %`, 'end'),
    );
  }
  all.forEach(({ name, dash, colour, tail }, i) => {
    const stroke = `stroke="${colour}"${dash ? ` stroke-dasharray="${dash}"` : ''}`;
    marks.push(
      `<polyline ${stroke} points="${tail.map(([share, value]) => `${x(value).toFixed(1)},${y(share).toFixed(1)}`).join(' ')}"/>`,
    );
    const at = box.top + 8 + 20 * i;
    marks.push(
      `<polyline ${stroke} points="${box.right + 12},${at} ${box.right + 36},${at}"/>`,
      label(box.right + 42, at + 4, NAMES[name] ?? name, 'start'),
    );
  });
  marks.push(
    label(box.left, 20, `${title}; the share of sends that took longer`, 'start'),
    label((box.left + box.right) / 2, box.bottom + 36, unit === 'us' ? 'microseconds' : unit, 'middle'),
  );
  return svg(title, box.bottom + 46, marks);
}

/** @param {Record<string, import('./kernels/measure.mjs').Ratios>} engines */
function bars(engines) {
  const entries = Object.entries(engines);
  const names = [...Object.keys(entries[0][1].kernels), 'geomean'];
  const box = { left: 64, right: WIDTH - 16, top: 40 + 18 * Math.ceil(entries.length / 2), bottom: 0 };
  box.bottom = box.top + 220;
  const highest =
    Math.max(1.2, ...entries.flatMap(([, { kernels }]) => Object.values(kernels).map(({ high }) => high))) + 0.02;
  const lowest =
    Math.min(0.9, ...entries.flatMap(([, { kernels }]) => Object.values(kernels).map(({ low }) => low))) - 0.02;
  const y = (/** @type {number} */ ratio) =>
    box.bottom - ((ratio - lowest) / (highest - lowest)) * (box.bottom - box.top);
  const step = highest - lowest > 0.8 ? 0.2 : 0.1;
  const marks = [];
  for (let ratio = Math.ceil(lowest / step) * step; ratio <= highest; ratio += step) {
    marks.push(
      line(box.left, y(ratio), box.right, y(ratio)),
      label(box.left - 6, y(ratio) + 4, ratio.toFixed(1), 'end'),
    );
  }
  marks.push(`<line class="one" x1="${box.left}" x2="${box.right}" y1="${y(1).toFixed(1)}" y2="${y(1).toFixed(1)}"/>`);
  const width = (box.right - box.left) / names.length;
  const bar = (width * 0.8) / entries.length;
  names.forEach((name, column) => {
    const left = box.left + column * width + width * 0.1;
    marks.push(label(left + width * 0.4, box.bottom + 17, name, 'middle'));
    entries.forEach(([, { kernels, geomean }], i) => {
      const { ratio, low, high } = kernels[name] ?? { ratio: geomean, low: geomean, high: geomean };
      const [at, middle] = [left + i * bar, left + (i + 0.5) * bar];
      const [top, bottom] = [Math.min(y(ratio), y(1)), Math.max(y(ratio), y(1))];
      marks.push(
        `<rect x="${at.toFixed(1)}" y="${top.toFixed(1)}" width="${(bar * 0.85).toFixed(1)}" height="${Math.max(1, bottom - top).toFixed(1)}" fill="${COLOURS[i % COLOURS.length]}"/>`,
      );
      if (low !== high)
        marks.push(
          `<line class="spread" x1="${middle.toFixed(1)}" x2="${middle.toFixed(1)}" y1="${y(low).toFixed(1)}" y2="${y(high).toFixed(1)}"/>`,
        );
    });
  });
  entries.forEach(([name], i) => {
    const [left, top] = [box.left + (i % 2) * 330, 34 + 18 * Math.floor(i / 2)];
    marks.push(
      `<rect x="${left}" y="${top}" width="12" height="10" fill="${COLOURS[i % COLOURS.length]}"/>`,
      label(left + 18, top + 9, name, 'start'),
    );
  });
  const title = 'overhead.kernels: time instrumented / original';
  marks.push(label(box.left, 20, `${title}; lines: single processes`, 'start'));
  return svg(title, box.bottom + 28, marks);
}

/** @param {string} title @param {number} height @param {string[]} marks */
function svg(title, height, marks) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}" font-family="sans-serif" font-size="13">
<style>line{stroke:#8884;stroke-width:1}.one{stroke:#888;stroke-width:1.5}.spread{stroke:#888;stroke-width:1.5}text{fill:#57606a}polyline{fill:none;stroke-width:2}@media (prefers-color-scheme:dark){text{fill:#b1bac4}}</style>
${marks.join('\n')}
</svg>
`;
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
const line = (x1, y1, x2, y2) =>
  `<line x1="${x1.toFixed(1)}" x2="${x2.toFixed(1)}" y1="${y1.toFixed(1)}" y2="${y2.toFixed(1)}"/>`;

/** @param {number} x @param {number} y @param {string} text @param {string} anchor */
const label = (x, y, text, anchor) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${text}</text>`;
