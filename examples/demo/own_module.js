// @ts-check
// The second tab: a module of the visitor's own, or SQLite. What it is, a way to run it, and the buttons that reach it meanwhile.

import { capabilities, spawn } from 'wasmsig';
import { ModuleWorker } from './module_worker.js';
import { Output } from './output.js';

/** @typedef {import('./module_worker.js').Facts} Facts */
/** @typedef {{bytes: Uint8Array<ArrayBuffer>, name: string} | {name: 'SQLite'}} Source */
/** @typedef {'command' | 'library' | 'sqlite'} Kind */
/** @typedef {{source: Source, facts: Facts, kind: Kind, worker: ModuleWorker}} Opened */
/** @typedef {{timeout?: number}} Limits */

const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)\nSELECT count(*) FROM n';
const COUNT = 'SELECT count(*) FROM t';
const REACH = {
  shared: [
    'Signals reach it through shared memory, in the middle of one call.',
    'plain.html#own',
    'Without shared memory',
  ],
  yielding: [
    'No shared memory here: it gives way every few milliseconds, by stack switching, and takes what was sent.',
    './#own',
    'With shared memory',
  ],
  posted: [
    'Nothing reaches a computation here: this browser has no stack switching and this page no shared memory. A time limit holds, but Stop ends the worker, and what the module had in memory is lost.',
    './#own',
    'With shared memory',
  ],
};

/** @template {HTMLElement} [T=HTMLElement] @param {string} id */
const find = (id) => /** @type {T} */ (document.getElementById(id));
const run = /** @type {HTMLButtonElement} */ (find('work-run'));
const stop = /** @type {HTMLButtonElement} */ (find('work-stop'));
const pause = /** @type {HTMLButtonElement} */ (find('work-pause'));
const query = /** @type {HTMLTextAreaElement} */ (find('query'));
const choice = /** @type {HTMLSelectElement} */ (find('export'));
const args = /** @type {HTMLInputElement} */ (find('arguments'));
const limit = /** @type {HTMLInputElement} */ (find('limit'));
const file = /** @type {HTMLInputElement} */ (find('file'));

const output = new Output(find('output'));

const { mode } = capabilities({ instrument: true });
/** @type {Opened | undefined} */ let opened;
/** @type {ModuleWorker | undefined} the one whose module is not there yet */ let opening;
/** @type {{kill: (signal: string) => unknown, close: () => unknown} | undefined} what computes */ let running;

// --- a module is chosen ------------------------------------------------------------------------------------------------

/** Each module has a worker of its own: one that is refused changes nothing. @param {Source} source */
async function open(source) {
  opening?.close();
  const worker = new ModuleWorker(mode, (text) => output.print(text));
  opening = worker;
  find('refused').textContent = '';
  say(`reading ${source.name}`);
  try {
    /** @type {Facts} */
    const facts = await worker.ask('bytes' in source ? { type: 'open', bytes: source.bytes } : { type: 'sqlite' });
    if (opening !== worker) return;
    opening = undefined;
    running?.close();
    opened?.worker.close();
    opened = { source, facts, worker, kind: facts.command ? 'command' : 'bytes' in source ? 'library' : 'sqlite' };
    show(opened);
  } catch (error) {
    worker.close();
    if (opening !== worker) return;
    opening = undefined;
    find('refused').textContent = `${source.name}: ${/** @type {Error} */ (error).message}`;
  }
}

/** @param {Opened} opened */
function show({ source, facts, kind }) {
  const { points, loops, bytes, exports, what, unusable } = facts;
  const functions = exports.filter((one) => one.kind === 'function');
  describe({
    [source.name]: what,
    'Safe points': `${points.toLocaleString('en')} inserted, for ${loops.toLocaleString('en')} loops and for recursion`,
    Size: `${bytes.before.toLocaleString('en')} bytes, with safe points ${bytes.after.toLocaleString('en')}`,
    ...(exports.length && { Exports: exports.map((one) => one.name).join(', ') }),
    ...(unusable && { 'No calls here': unusable }),
  });
  for (const field of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#work [data-of]')))
    field.hidden = !field.dataset.of?.split(' ').includes(kind);
  choice.replaceChildren(...functions.map(({ name }) => new Option(name)));
  explainArguments();
  query.value = ENDLESS;
  args.value = '';
  find('work-title').textContent = `Run ${source.name}`;
  output.clear();
  const usable = kind !== 'library' || (!unusable && functions.length > 0);
  become(usable ? 'ready' : 'empty', usable ? 'ready' : 'nothing to call');
}

/** @param {Record<string, string>} facts */
function describe(facts) {
  const parts = Object.entries(facts).flatMap((fact) =>
    fact.map((text, at) => Object.assign(document.createElement(at ? 'dd' : 'dt'), { textContent: text })),
  );
  find('facts').replaceChildren(...parts);
}

function parameters() {
  return opened?.facts.exports.find(({ name }) => name === choice.value)?.parameters ?? 0;
}

function explainArguments() {
  const of = parameters();
  find('arguments-help').textContent =
    opened?.kind === 'command'
      ? 'Words, separated by spaces'
      : `${choice.value} takes ${of === 1 ? 'one number' : `${of} numbers`}; a 64-bit integer is written 5n`;
}

// --- it runs -----------------------------------------------------------------------------------------------------------

/** @type {Record<Kind, (opened: Opened, limits: Limits) => Promise<string>>} */
const works = {
  async command({ source, facts }, limits) {
    const program = /** @type {Uint8Array<ArrayBuffer>} */ (facts.program);
    const decoder = new TextDecoder();
    const print = (/** @type {Uint8Array} */ bytes) => output.print(decoder.decode(bytes, { stream: true }));
    const streams = { stdout: print, stderr: print };
    output.clear();
    const guest = spawn(program, { ...limits, ...streams, instrument: true, name: source.name, args: words() });
    running = guest;
    guest.addEventListener('stopped', () => become('stopped', 'paused'));
    guest.addEventListener('continued', () => become('running', 'running'));
    become('running', 'running');
    const { code, signal } = await guest.exited;
    return signal ? `killed by ${signal}` : `ended with ${code}`;
  },

  async library({ worker }, limits) {
    const name = choice.value;
    const values = words().map(number);
    if (values.length !== parameters()) throw new Error(find('arguments-help').textContent ?? '');
    output.print(`${name}(${words().join(', ')})\n`);
    return `= ${await compute(worker, { type: 'call', name, args: values, limits })}`;
  },

  async sqlite({ worker }, limits) {
    try {
      const { columns, rows, more } = await compute(worker, { type: 'query', text: query.value, limits });
      for (const row of columns.length ? [columns, ...rows] : []) output.print(`${row.join(' | ')}\n`);
      return more ? `the first ${rows.length} rows` : `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`;
    } catch (error) {
      const { message, code } = /** @type {Error & {code?: string}} */ (error);
      if (!code) throw error; // SQLite's own
      const left = await worker.ask({ type: 'query', text: COUNT, limits: { timeout: 1000 } });
      throw new Error(`${message}; the database is still there: table t has ${left.rows[0][0]} rows`);
    }
  },
};

/** @param {ModuleWorker} worker @param {object} question */
function compute(worker, question) {
  running = worker;
  return worker.ask(question, () => become('running', 'running'));
}

async function work() {
  if (!opened) return;
  const mine = opened;
  become('starting', 'starting');
  const timeout = limit.value === '' ? undefined : limit.valueAsNumber * 1000;
  let outcome;
  try {
    outcome = await works[mine.kind](mine, timeout === undefined ? {} : { timeout });
  } catch (error) {
    outcome = /** @type {Error} */ (error).message;
  }
  if (opened !== mine) return; // another module has taken its place
  running = undefined;
  output.print(`${outcome}\n`);
  say(outcome);
  become('ready', 'ready');
}

/** @param {string} signal */
function send(signal) {
  if (mode === 'posted' && opened && running === opened.worker) {
    opened.worker.close('ended with its worker; the module is loaded again');
    return void open(opened.source);
  }
  running?.kill(signal);
  if (running !== opened?.worker) return; // a program says itself that it was stopped
  if (signal === 'SIGTSTP') become('stopped', 'paused');
  if (signal === 'SIGCONT') become('running', 'running');
}

const words = () => args.value.split(/[\s,]+/).filter(Boolean);

/** @param {string} text @throws {Error} */
function number(text) {
  if (/^-?\d+n$/.test(text)) return BigInt(text.slice(0, -1));
  if (Number.isNaN(Number(text))) throw new Error(`${text} is not a number`);
  return Number(text);
}

// --- what is seen ------------------------------------------------------------------------------------------------------

/** @param {'empty' | 'ready' | 'starting' | 'running' | 'stopped'} state @param {string} text */
function become(state, text) {
  const shown = find('work-state');
  shown.dataset.state = state;
  shown.textContent = text;
  const computes = state === 'running' || state === 'stopped';
  run.disabled = state !== 'ready';
  stop.disabled = !computes;
  pause.disabled = !computes || mode === 'posted';
  pause.textContent = state === 'stopped' ? 'Continue' : 'Pause';
}

/** To those who do not see the page. @param {string} text */
function say(text) {
  find('live').textContent = text;
}

/** @param {File | undefined} chosen */
async function openFile(chosen) {
  if (chosen) await open({ name: chosen.name, bytes: new Uint8Array(await chosen.arrayBuffer()) });
}

file.addEventListener('change', async () => {
  await openFile(file.files?.[0]);
  file.value = ''; // the same one can be chosen again, when it was built again
});
find('sqlite').addEventListener('click', () => open({ name: 'SQLite' }));
find('own').addEventListener('dragover', (event) => {
  event.preventDefault();
  find('drop').classList.add('over');
});
for (const type of ['dragleave', 'drop'])
  find('own').addEventListener(type, () => find('drop').classList.remove('over'));
find('own').addEventListener('drop', (event) => {
  event.preventDefault();
  openFile(event.dataTransfer?.files[0]);
});
choice.addEventListener('change', explainArguments);
find('work').addEventListener('submit', (event) => {
  event.preventDefault();
  work();
});
stop.addEventListener('click', () => {
  const paused = find('work-state').dataset.state === 'stopped';
  send('SIGINT');
  if (paused) send('SIGCONT'); // a stopped process takes what ends it only when it goes on
});
pause.addEventListener('click', () => send(find('work-state').dataset.state === 'stopped' ? 'SIGCONT' : 'SIGTSTP'));

const [text, href, elsewhere] = REACH[/** @type {keyof typeof REACH} */ (mode)];
find('reach').append(`${text} `, Object.assign(document.createElement('a'), { href, textContent: elsewhere }));
for (const field of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#work [data-of]')))
  field.hidden = true;
become('empty', 'no module yet');
