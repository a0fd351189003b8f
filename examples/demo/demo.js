// @ts-check
// The page: a terminal, a program at it, and what happens between them.

import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { capabilities, spawn } from 'wasmsig';
import { Tty } from 'wasmsig/terminal';
import { openWithoutInlineStyles } from './strict_csp.js';
import { Timeline, format } from './timeline.js';

const SIGNALS = ['SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGALRM', 'SIGWINCH', 'SIGCONT', 'SIGKILL'];
const TRY = {
  'try-loop': 'print("looping") while true do end\r',
  'try-alarm': 'signal.signal("SIGALRM", function() error("time is up", 0) end) signal.alarm(2) while true do end\r',
  'try-handler':
    'signal.signal("SIGUSR1", function(s) print(s .. " came") end) print("now send SIGUSR1") while true do end\r',
};
const MODES = {
  shared: [
    'Shared memory.',
    'The page writes into the program\u2019s own memory, and the loop looks there in every turn. It needs two headers (cross-origin isolation).',
  ],
  yielding: [
    'Messages.',
    'No special headers here: the program gives way to its event loop every few milliseconds, by stack switching, and takes what was posted.',
  ],
  posted: [
    'Not here.',
    'This browser has no stack switching and this page no shared memory, so a program cannot wait for what you type. With the headers it can.',
  ],
};

/** @param {string} id */
const find = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const buttons = {
  pause: /** @type {HTMLButtonElement} */ (find('pause')),
  stop: /** @type {HTMLButtonElement} */ (find('stop')),
};

const { mode } = capabilities({ instrument: true });
showMode(); // the terminal is as high as what is beside it

const terminal = new Terminal({
  fontSize: 14,
  fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
  cursorBlink: false,
});
const fit = new FitAddon();
terminal.loadAddon(fit);
terminal.attachCustomKeyEventHandler(({ key, type }) => {
  if (key === 'Enter' && type === 'keydown' && resume()) return false;
  return key !== 'Tab'; // it moves on, as everywhere else on a page
});
openWithoutInlineStyles(terminal, find('terminal'));
terminal.textarea?.setAttribute('aria-label', 'Terminal: type Lua here');
fit.fit(); // before the program starts: it is not told of a size that it never had
colour();
addEventListener('themechange', colour);
new ResizeObserver(() => fit.fit()).observe(find('terminal'));

const tty = new Tty(terminal);
const timeline = new Timeline(find('timeline'), find('rows'), find('summary'));
/** @type {ReturnType<typeof spawn>} */
let guest;
/** A state that is over sooner is not told to those who do not see it: each line that is typed makes the program run. */
const LASTS_MS = 400;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let lasting;

function start() {
  const one = (guest = tty.run((stdio) =>
    spawn(mode === 'shared' ? 'lua.shared.wasm' : 'lua.wasm', { ...stdio, name: 'lua', args: ['-i', '-l', 'signal'] }),
  ));
  /** @param {string} name @param {(event: import('wasmsig').SignalEvent) => void} listener */
  const on = (name, listener) =>
    one.addEventListener(name, (event) => listener(/** @type {import('wasmsig').SignalEvent} */ (event)));
  on('send', ({ signal }) => timeline.send(signal));
  on('delivery', ({ signal, latency = 0 }) => {
    timeline.deliver(signal, latency);
    say(`${signal} taken after ${format(latency)}`);
  });
  on('stopped', ({ signal }) => {
    note(`stopped by ${signal}; Enter or Continue goes on`);
    become('stopped', `stopped by ${signal}`);
  });
  on('continued', doing);
  one.ready.then(doing);
  one.exited.then(
    ({ code, signal }) => ended(signal ? `killed by ${signal}` : `ended with ${code}`),
    (error) => ended(error.message),
  );
}

/** What a shell would say. @param {string} text */
function note(text) {
  terminal.write(`\r\n\x1b[90m[${text}]\x1b[0m\r\n`);
}

/** @param {string} how */
function ended(how) {
  note(`${how}; Enter or Restart starts it again`);
  become('ended', how);
}

/** What Enter does where no program takes it. @returns {boolean} whether there was something */
function resume() {
  const { state } = find('state').dataset;
  if (state === 'stopped') guest.kill('SIGCONT', { terminal: true });
  else if (state === 'ended' && mode !== 'posted') restart();
  else return false;
  return true;
}

async function restart() {
  await guest.close();
  terminal.reset();
  start();
  terminal.focus();
}

/** Running or reading, where it is not stopped. */
function doing() {
  if (guest.phase !== 'attached') return;
  if (tty.reading) become('reading', 'waits for input');
  else become('running', 'running');
}

/**
 * @param {'running' | 'reading' | 'stopped' | 'ended'} state
 * @param {string} text
 */
function become(state, text) {
  const shown = find('state');
  if (shown.dataset.state === state && find('state-text').textContent === text) return;
  shown.dataset.state = state;
  find('state-text').textContent = text;
  buttons.pause.firstChild?.replaceWith(state === 'stopped' ? 'Continue' : 'Pause');
  buttons.pause.lastElementChild?.replaceChildren(state === 'stopped' ? 'SIGCONT' : 'SIGTSTP');
  buttons.stop.disabled = buttons.pause.disabled = state === 'ended';
  timeline.become(state);
  clearTimeout(lasting);
  lasting = setTimeout(() => say(text), LASTS_MS);
}

/** To those who do not see the page. @param {string} text */
function say(text) {
  find('live').textContent = text;
}

function colour() {
  const style = getComputedStyle(document.documentElement);
  const of = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  terminal.options.theme = {
    background: of('--term'),
    foreground: of('--term-text'),
    cursor: of('--accent'),
    cursorAccent: of('--term'),
    selectionBackground: of('--select'),
    brightBlack: of('--soft'),
  };
}

function showMode() {
  const [name, text] = MODES[/** @type {keyof typeof MODES} */ (mode)];
  const strong = document.createElement('strong');
  strong.textContent = name;
  find('mode-text').append(strong, ` ${text}`);
  find(mode === 'shared' ? 'to-isolated' : 'to-plain').setAttribute('aria-current', 'page');
  document.documentElement.dataset.mode = mode;
}

/** As if it had been typed. @param {string} keys */
function type(keys) {
  terminal.input(keys);
  if (matchMedia('(hover: hover)').matches) terminal.focus(); // elsewhere a keyboard would cover the page
  find('console-title').scrollIntoView({ block: 'nearest' });
}

tty.addEventListener('reading', () => {
  if (find('state').dataset.state !== 'stopped') doing();
});
buttons.stop.addEventListener('click', () => guest.kill('SIGINT', { terminal: true }));
buttons.pause.addEventListener('click', () =>
  guest.kill(find('state').dataset.state === 'stopped' ? 'SIGCONT' : 'SIGTSTP', { terminal: true }),
);
find('restart').addEventListener('click', restart);
find('reader').addEventListener('click', () => {
  const on = !terminal.options.screenReaderMode;
  terminal.options.screenReaderMode = on; // then it makes rows that can be read, which not everybody should pay for
  find('reader').setAttribute('aria-pressed', String(on));
});
find('signal').append(...SIGNALS.map((name) => new Option(name)));
find('send').addEventListener('submit', (event) => {
  event.preventDefault();
  guest.kill(/** @type {HTMLSelectElement} */ (find('signal')).value);
});
for (const [id, keys] of Object.entries(TRY)) find(id).addEventListener('click', () => type(keys));
for (const button of document.querySelectorAll('[data-key]'))
  button.addEventListener('click', () => type(/** @type {HTMLElement} */ (button).dataset.key ?? ''));

if (mode === 'posted') {
  become('ended', 'cannot run here');
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = document.querySelectorAll('#lua button');
  for (const one of buttons) one.disabled = true;
} else {
  start();
}
