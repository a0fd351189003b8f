// @ts-check
/** Draws the last seconds of a program: what it was sent and how long that took, over what it was doing. And the same as a table. */

const SPAN_MS = 20_000;
const MOST = 200;
const ROWS = 50;
/** The scale of latencies, in milliseconds. */
const TICKS = [0.01, 0.1, 1, 10, 100, 1000];
const MARGIN = Object.freeze({ left: 58, right: 14, top: 16, bottom: 44 });
/** How high the band of each state is: not only its colour tells. */
const BANDS = Object.freeze({ running: 12, reading: 4, stopped: 12 });
/** Of a character of a label, whose font has one width for all. */
const CHARACTER_WIDTH = 7;
const REDRAW_MS = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1000 : 100;

/** @typedef {{signal: string, at: number, latency: number | undefined}} Sent */
/** @typedef {'running' | 'reading' | 'stopped' | 'ended'} State */

export class Timeline {
  #chart;
  #rows;
  #summary;
  #started = performance.now();
  /** @type {Sent[]} */ #sent = [];
  /** @type {{state: State, from: number}[]} */ #states = [];
  /** @type {number[]} */ #latencies = [];
  #count = 0;
  #lastDrawn = 0;
  #scheduled = false;

  /**
   * @param {HTMLElement} chart
   * @param {HTMLElement} rows      body of the table
   * @param {HTMLElement} summary
   */
  constructor(chart, rows, summary) {
    this.#chart = chart;
    this.#rows = rows;
    this.#summary = summary;
    new ResizeObserver(() => this.#draw()).observe(chart);
  }

  /** @param {string} signal */
  send(signal) {
    this.#count++;
    this.#sent.push({ signal, at: performance.now(), latency: undefined });
    if (this.#sent.length > MOST) this.#sent.shift();
    this.#changed();
  }

  /** @param {string} signal @param {number} latency milliseconds */
  deliver(signal, latency) {
    // Standard signals coalesce: one delivery answers all that wait.
    for (const one of this.#sent) if (one.signal === signal && one.latency === undefined) one.latency = latency;
    this.#latencies.push(latency);
    if (this.#latencies.length > MOST) this.#latencies.shift();
    this.#changed();
  }

  /** @param {State} state */
  become(state) {
    this.#states.push({ state, from: performance.now() });
    if (this.#states.length > MOST) this.#states.shift();
    this.#changed();
  }

  #changed() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = Math.max(0, this.#lastDrawn + REDRAW_MS - performance.now());
    setTimeout(
      () =>
        requestAnimationFrame(() => {
          this.#scheduled = false;
          this.#lastDrawn = performance.now();
          this.#draw();
          this.#tell();
          if (this.#moving()) this.#changed();
        }),
      wait,
    );
  }

  /** Whether anything that is drawn will have moved at the next look. */
  #moving() {
    const since = performance.now() - SPAN_MS;
    return (
      this.#sent.some(({ at }) => at > since) ||
      this.#states.some(({ from }) => from > since) ||
      this.#states.at(-1)?.state === 'running'
    );
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#chart;
    if (!width) return;
    const now = performance.now();
    const floor = height - MARGIN.bottom;
    const x = (/** @type {number} */ at) =>
      MARGIN.left + (1 - (now - at) / SPAN_MS) * (width - MARGIN.left - MARGIN.right);
    const y = (/** @type {number} */ ms) => {
      const [low, high] = [Math.log10(TICKS[0]), Math.log10(TICKS[TICKS.length - 1])];
      const part = (Math.min(high, Math.max(low, Math.log10(ms))) - low) / (high - low);
      return floor - part * (floor - MARGIN.top);
    };
    const svg = element('svg', { viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' });
    for (const tick of TICKS) {
      svg.append(
        element('line', { class: 'grid', x1: MARGIN.left, x2: width - MARGIN.right, y1: y(tick), y2: y(tick) }),
        element(
          'text',
          { x: MARGIN.left - 8, y: y(tick) + 4, 'text-anchor': 'end' },
          tick < 1000 ? `${tick} ms` : '1 s',
        ),
      );
    }
    const middle = floor + 18;
    svg.append(element('text', { x: MARGIN.left - 8, y: middle + 4, 'text-anchor': 'end' }, 'program'));
    this.#states.forEach(({ state, from }, i) => {
      const end = Math.min(now, this.#states[i + 1]?.from ?? now);
      if (end < now - SPAN_MS || state === 'ended') return;
      const left = Math.max(MARGIN.left, x(from));
      svg.append(
        element('rect', {
          class: state,
          x: left,
          y: middle - BANDS[state] / 2,
          width: Math.max(1, x(end) - left),
          height: BANDS[state],
        }),
      );
    });
    svg.append(
      element('text', { x: MARGIN.left, y: height - 4 }, `${SPAN_MS / 1000} s ago`),
      element('text', { x: width - MARGIN.right, y: height - 4, 'text-anchor': 'end' }, 'now'),
    );
    this.#drawSignals(svg, now, x, y, floor);
    this.#chart.replaceChildren(svg);
  }

  /**
   * @param {SVGElement} svg @param {number} now @param {(at: number) => number} x @param {(ms: number) => number} y @param {number} floor
   */
  #drawSignals(svg, now, x, y, floor) {
    /** @type {{x: number, y: number, names: string[]}[]} those that one label stands for */
    const groups = [];
    for (const { signal, at, latency } of this.#sent.filter(({ at }) => at > now - SPAN_MS)) {
      const cx = x(at);
      const cy = y(latency ?? now - at);
      svg.append(
        element('line', { class: 'stem', x1: cx, x2: cx, y1: cy, y2: floor + 12 }),
        element('circle', { class: `dot ${signal} ${latency === undefined ? 'pending' : ''}`, cx, cy, r: 5 }),
      );
      const last = groups.at(-1);
      if (last && cx - last.x < widthOf(last.names) + CHARACTER_WIDTH) {
        last.y = Math.min(last.y, cy);
        last.names.push(signal);
      } else {
        groups.push({ x: cx, y: cy, names: [signal] });
      }
    }
    for (const { x, y, names } of groups) {
      const left = Math.max(0, Math.min(x, this.#chart.clientWidth - widthOf(names)));
      svg.append(element('text', { class: 'label', x: left, y: y - 10 }, counted(names)));
    }
  }

  #tell() {
    const waiting = this.#sent.filter(({ latency }) => latency === undefined).length;
    const sorted = [...this.#latencies].sort((a, b) => a - b);
    const parts = [`${this.#count} sent`];
    if (waiting) parts.push(`${waiting} not taken yet`);
    if (sorted.length)
      parts.push(
        `median ${format(sorted[sorted.length >> 1])}`,
        `slowest ${format(/** @type {number} */ (sorted.at(-1)))}`,
      );
    this.#summary.textContent = this.#count ? parts.join(', ') : 'nothing sent yet';
    this.#rows.replaceChildren(
      ...this.#sent
        .slice(-ROWS)
        .reverse()
        .map(({ signal, at, latency }) => {
          const row = document.createElement('tr');
          for (const text of [
            signal,
            `${((at - this.#started) / 1000).toFixed(1)} s`,
            latency === undefined ? 'not taken yet' : format(latency),
          ])
            row.insertCell().textContent = text;
          return row;
        }),
    );
  }
}

/** @param {string[]} names */
function widthOf(names) {
  return counted(names).length * CHARACTER_WIDTH;
}

/** @param {string[]} names @returns {string} "INT ×2 USR1" */
function counted(names) {
  if (new Set(names).size > 3) return `${names.length} signals`;
  return [...new Set(names)]
    .map((name) => {
      const count = names.filter((one) => one === name).length;
      return name.replace('SIG', '') + (count > 1 ? ` \u00d7${count}` : '');
    })
    .join(' ');
}

/** @param {number} ms */
export function format(ms) {
  return ms < 10
    ? `${ms.toFixed(ms < 1 ? 2 : 1)} ms`
    : ms < 1000
      ? `${Math.round(ms)} ms`
      : `${(ms / 1000).toFixed(1)} s`;
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] @returns {SVGElement} */
function element(name, attributes, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return /** @type {SVGElement} */ (made);
}
