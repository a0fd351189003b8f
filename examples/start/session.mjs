// @ts-check
// What a person would see at the prompt, done by a script: each step waits for what must be printed, and has a time limit.

import { spawn } from 'node:child_process';
import { dirname, basename } from 'node:path';

const LIMIT_MS = 20_000;
/** Seconds until the alarm of the examples. */
const ALARM_S = 1;

/**
 * @param {import('./prepare.mjs').Programs} programs
 * @returns {Promise<boolean>}
 */
export async function session(programs) {
  const began = performance.now();
  console.log('Lua 5.4, unmodified, in WebAssembly:');
  let ok = await steps(interruptLoop(programs), console.log);
  // These wait for an alarm, so they do that together, and their lines are printed in order.
  const others = [alarmInLua(programs), alarmInC(programs), seenByShell(programs)].map(async (work) => {
    /** @type {string[]} */
    const lines = [];
    return { ok: await steps(work, (line) => lines.push(line)), lines };
  });
  for (const other of others) {
    const result = await other;
    for (const line of result.lines) console.log(line);
    ok &&= result.ok;
  }
  console.log(`${ok ? 'All of it happened' : 'FAILED'} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return ok;
}

/**
 * @param {AsyncGenerator<string>} work
 * @param {(line: string) => void} print
 */
async function steps(work, print) {
  try {
    for await (const line of work) print(`  ok      ${line}`);
    return true;
  } catch (error) {
    print(`  FAILED  ${/** @type {Error} */ (error).message}`);
    return false;
  }
}

/** @param {import('./prepare.mjs').Programs} programs */
async function* interruptLoop({ cli, lua }) {
  const began = performance.now();
  const repl = new Program([process.execPath, cli, 'run', '--instrument', lua, '-i']);
  try {
    await repl.prints('> ');
    yield `the prompt came after ${Math.round(performance.now() - began)} ms`;
    repl.type('x = 42\n');
    repl.type('print("it" .. " is busy") while true do end\n');
    await repl.prints('it is busy');
    const sent = performance.now();
    repl.child.kill('SIGINT');
    await repl.prints('interrupted!');
    yield `"while true do end" was interrupted from outside, ${(performance.now() - sent).toFixed(1)} ms after kill -INT`;
    await repl.prints('stack traceback');
    repl.type('print("x is " .. x, "1+1 is " .. 1+1)\n');
    await repl.prints('x is 42\t1+1 is 2');
    yield 'the prompt came back, with its variables';
    repl.child.stdin?.end();
    await repl.ends({ code: 0 });
  } finally {
    repl.close();
  }
}

/** @param {import('./prepare.mjs').Programs} programs */
async function* alarmInLua({ cli, lua, luaScript }) {
  const folder = dirname(luaScript);
  yield* alarm(
    'Lua',
    [
      process.execPath,
      cli,
      'run',
      '--instrument',
      '--dir',
      `${folder}::/examples`,
      lua,
      `/examples/${basename(luaScript)}`,
      String(ALARM_S),
    ],
    0,
  );
}

/** @param {import('./prepare.mjs').Programs} programs */
async function* alarmInC({ cli, c }) {
  yield* alarm('C', [process.execPath, cli, 'run', c, String(ALARM_S)], 1);
}

/**
 * @param {string} language
 * @param {string[]} command
 * @param {number} code
 */
async function* alarm(language, command, code) {
  const began = performance.now();
  const program = new Program(command);
  try {
    await program.prints('Signal handler called with signal');
    await program.prints("Couldn't open device!");
    const ms = performance.now() - began;
    await program.ends({ code });
    if (ms < ALARM_S * 1000) throw new Error(`${language}: the alarm came after ${ms.toFixed(0)} ms already`);
    yield `${language}: an alarm limited an open that hangs, after ${(ms / 1000).toFixed(2)} s`;
  } finally {
    program.close();
  }
}

/** @param {import('./prepare.mjs').Programs} programs */
async function* seenByShell({ cli, lua }) {
  const script = '"$@" & echo "pid $!"; wait "$!"; echo "status $?"';
  const shell = new Program([
    'sh',
    '-c',
    script,
    'sh',
    process.execPath,
    cli,
    'run',
    '--instrument',
    lua,
    '-e',
    'print("it" .. " is busy") while true do end',
  ]);
  let pid = 0;
  try {
    pid = Number((await shell.prints(/pid (\d+)\n/))[1]);
    await shell.prints('it is busy');
    process.kill(pid, 'SIGTERM');
    const status = (await shell.prints(/status (\d+)/))[1];
    if (status !== '143') throw new Error(`a shell saw the status ${status} of a program killed by SIGTERM, not 143`);
    pid = 0;
    yield 'a loop killed by SIGTERM is seen by the shell as 143';
    await shell.ends({ code: 0 });
  } finally {
    if (pid) process.kill(pid, 'SIGKILL');
    shell.close();
  }
}

class Program {
  #output = '';
  #what;
  /** @type {() => void} */ #look = () => {};
  /** @type {{code: number | null, signal: string | null} | undefined} */ #end;

  /** @param {string[]} command */
  constructor(command) {
    this.#what = command
      .slice(1)
      .map((word) => basename(word))
      .join(' ');
    this.child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        this.#output += text;
        this.#look();
      });
    }
    this.child.stdin.on('error', () => {}); // it has ended
    const ended = (/** @type {number | null} */ code, /** @type {string | null} */ signal) => {
      this.#end = { code, signal };
      this.#look();
    };
    this.child.on('error', (error) => {
      this.#output += error.message;
      ended(127, null);
    });
    this.child.on('close', ended);
  }

  /** @param {string} text */
  type(text) {
    this.child.stdin.write(text);
  }

  /** @param {string | RegExp} text */
  prints(text) {
    return this.#until(`printing ${text}`, () =>
      typeof text === 'string' ? (this.#output.includes(text) ? [text] : null) : text.exec(this.#output),
    );
  }

  /** @param {{code: number}} expected */
  async ends({ code }) {
    const end = await this.#until('ending', () => this.#end);
    if (end.code !== code)
      throw new Error(`${this.#what}: ended with ${end.signal ?? end.code}, not ${code}: ${this.#output.trim()}`);
  }

  close() {
    if (!this.#end) this.child.kill('SIGKILL');
  }

  /**
   * @template T
   * @param {string} what
   * @param {() => T | null | undefined} condition
   * @returns {Promise<T>}
   */
  #until(what, condition) {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#look = () => {};
      };
      const fail = (/** @type {string} */ why) => {
        stop();
        reject(
          new Error(`${this.#what}: ${why} without ${what}; it printed: ${JSON.stringify(this.#output.slice(-500))}`),
        );
      };
      const timer = setTimeout(() => fail(`${LIMIT_MS / 1000} s passed`), LIMIT_MS);
      this.#look = () => {
        const found = condition();
        if (found) {
          stop();
          resolve(found);
        } else if (this.#end) {
          fail(`ended with ${this.#end.signal ?? this.#end.code}`);
        }
      };
      this.#look();
    });
  }
}
