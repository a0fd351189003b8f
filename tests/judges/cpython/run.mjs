#!/usr/bin/env node
// @ts-check
// npm run cpython: CPython's own tests judge the signal module. See README.md beside this file.

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setup, SetupError } from '../../../toolchains/setup.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(dirname(HERE)));

/** @typedef {'pass' | 'fail' | 'skip' | 'timeout' | 'crash' | 'missing'} Outcome */
/** @typedef {{outcome: Outcome, text: string}} Result */
/** @typedef {{module: string, only?: string[], why: string}} Suite */

/** @type {Suite[]} */
const SUITES = [
  { module: 'test.test_signal', why: 'the module' },
  { module: 'test.test_threadsignals', why: 'signals, threads and locks' },
  { module: 'test.test_asyncio.test_unix_events', why: 'handlers and the wakeup descriptor in an event loop, SIGCHLD' },
  { module: 'test.test_faulthandler', why: 'handlers in C beside those of the module' },
  { module: 'test.test_eintr', why: 'system calls that signals interrupt (PEP 475)' },
  {
    module: 'test.test_threading',
    only: ['test_threading.InterruptMainTests', 'test_threading.ThreadTests', 'test_threading.ThreadJoinOnShutdown'],
    why: 'simulated arrivals; fork',
  },
  {
    module: 'test.test_io',
    only: ['test_io.CSignalsTest', 'test_io.PySignalsTest'],
    why: 'files that signals interrupt',
  },
  {
    module: 'test.test_posix',
    only: ['test_posix.TestPosixSpawn', 'test_posix.TestPosixSpawnP'],
    why: 'masks and default actions of children',
  },
  { module: 'test.test_subprocess', only: ['test_subprocess.POSIXProcessTestCase'], why: 'signals to and in children' },
  { module: 'test.test_repl', why: 'the interactive interpreter' },
  { module: 'signal_hookup', why: 'ours, for both: what the others do not ask' },
];

/** Seconds without news; each is many times what it takes. */
const LIMIT = { test: 300, start: 120, end: 60 };

const HELP = `Usage: npm run cpython [-- options]

Builds Debian's CPython with wasmsig in place of its signalmodule.c, and runs tests of CPython's suite with the original and with ours.
Exit status 1 if a test that passes with the original does not pass with ours.

  --only NAME[,NAME]   modules, classes or tests, for example test_signal.StressTest
  --original           also run and show only the original (to see what the machine can do)
  --tries N            a test that fails is tried up to N times, with either (default 2); what then passes is listed as flaky
  --source DIR         the sources of wasmsig (default: this repository)
  --build DIR          where to build (default build/cpython)
  --report FILE        default build/reports/cpython.json
  --help

Modules:
${SUITES.map(({ module, only, why }) => `  ${short(module).padEnd(28)} ${why}${only ? ` (only ${only.map((name) => name.split('.').pop()).join(', ')})` : ''}`).join('\n')}`;

/** @param {string} module */
function short(module) {
  return module.replace(/^test\./, '');
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

class Problem extends Error {}

/** @param {string[]} command @param {{quiet?: boolean}} [options] */
function must([program, ...args], { quiet = true } = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'],
  });
  if (error || status !== 0)
    throw new Problem(`${[program, ...args].join(' ')}\n${error?.message ?? `${stdout}${stderr ?? ''}`}`);
  return stdout;
}

// --- build -----------------------------------------------------------------------------------------------------------

/**
 * The interpreter with our signalmodule.c: all objects of libpython.a but one. A symbol that ours lacks fails the link.
 * @param {import('../../../toolchains/sdk/cpython.mjs').Cpython} cpython
 * @param {string} source
 * @param {string} folder
 * @returns {Promise<string>} the program
 */
async function build({ python: original, version }, source, folder) {
  mkdirSync(folder, { recursive: true });
  const [library, include, ...libraries] = must([
    original,
    '-I',
    '-c',
    'import sysconfig as s; v = s.get_config_var; print(v("LIBPL"), v("INCLUDEPY"), v("LIBS"), v("SYSLIBS"), v("MODLIBS"))',
  ])
    .split(/\s+/)
    .filter(Boolean);
  const modules = join(source, 'src/signal_module');
  const sources = [
    ...readdirSync(modules)
      .filter((name) => name.endsWith('.cpp'))
      .map((name) => join(modules, name)),
    join(source, 'platform/posix/posix_platform.cpp'),
  ];
  const warnings = ['-Wall', '-Wextra'];
  const commands = [
    ...sources.map((file) => ({
      file,
      command: ['g++', '-std=c++20', '-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics'],
    })),
    {
      file: join(HERE, 'signalmodule.c'),
      command: [
        'gcc',
        '-std=c11',
        '-D_GNU_SOURCE',
        '-Wno-missing-field-initializers',
        `-I${include}`,
        `-I${include}/internal`,
      ],
    },
  ].map(({ file, command }) => {
    const object = join(folder, `${basename(file)}.o`);
    return {
      object,
      command: [
        ...command,
        '-O2',
        '-g',
        '-fvisibility=hidden',
        ...warnings,
        `-I${join(source, 'src/include')}`,
        `-I${join(source, 'src')}`,
        `-I${source}`,
        '-c',
        file,
        '-o',
        object,
      ],
    };
  });
  const waiting = [...commands];
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await compile(next.command);
    }),
  );
  const rest = join(folder, 'rest.a'),
    program = join(folder, `python${version}`);
  copyFileSync(join(library, `libpython${version}.a`), rest);
  must(['ar', 'd', rest, 'signalmodule.o']);
  must([
    'gcc',
    '-no-pie',
    '-Wl,-export-dynamic',
    join(library, 'python.o'),
    ...commands.map(({ object }) => object),
    '-Wl,--whole-archive',
    rest,
    '-Wl,--no-whole-archive',
    ...libraries,
    '-lutil',
    '-lpthread',
    '-o',
    program,
  ]);
  rmSync(rest);
  // What is judged is what was meant to be: in the program itself, and in what it starts.
  const doc = 'import _signal; print(_signal.__doc__)';
  const proof = must([
    program,
    '-c',
    `import subprocess, sys; ${doc}; sys.stdout.flush(); subprocess.run([sys.executable, "-I", "-S", "-E", "-c", "${doc}"])`,
  ]);
  if (proof.match(/^wasmsig/gm)?.length !== 2) throw new Problem(`${program} does not use wasmsig`);
  return program;
}

/** @param {string[]} command @returns {Promise<void>} */
function compile([program, ...args]) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', fail);
    child.on('close', (code) => {
      if (output) say(output.trimEnd());
      if (code === 0) done();
      else fail(new Problem(`${[program, ...args].join(' ')} failed`));
    });
  });
}

// --- tests -----------------------------------------------------------------------------------------------------------

/** @type {Set<number>} */
const groups = new Set();

/** @param {number | undefined} group */
function end(group) {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/**
 * One process of run_tests.py: results of tests go to `results` until it ends, or until a test takes too long.
 * @param {string} python
 * @param {string} module
 * @param {{only?: string[], done: string[]}} what
 * @param {Map<string, Result>} results
 * @param {(done: number, of: number) => void} progress
 * @returns {Promise<{whole: boolean, names: string[]}>} whole: it reached its end; the names of the tests that it was to run
 */
function session(python, module, what, results, progress) {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-cpython-'));
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    HOME: folder,
    TMPDIR: folder,
    LANG: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  return new Promise((done) => {
    const child = spawn(python, [join(HERE, 'run_tests.py'), module, JSON.stringify(what)], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const group = child.pid;
    if (group !== undefined) groups.add(group);
    /** @type {string[]} */
    let names = [];
    /** @type {string | undefined} */
    let current;
    let tail = '',
      late = false,
      ran = 0;
    /** @type {NodeJS.Timeout} */
    let timer;
    const news = (/** @type {number} */ limit) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        late = true;
        end(group);
      }, limit * 1000);
    };
    news(LIMIT.start);
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (tail = (tail + text).slice(-4000)));
    const lines = createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdio[3]) });
    lines.on('line', (line) => {
      const said = JSON.parse(line);
      if (said.tests) names = said.tests;
      if (said.start) {
        current = said.start;
        news(LIMIT.test);
      }
      if (said.end) {
        results.set(said.end, { outcome: said.outcome, text: said.text });
        current = undefined;
        news(LIMIT.end);
        progress(++ran, names.length);
      }
    });
    child.on('error', (error) => (tail += error.message));
    const over = new Promise((closed) => lines.on('close', closed));
    child.on('exit', () => setTimeout(() => end(group), 1000));
    child.on('close', async (code, signal) => {
      clearTimeout(timer);
      await over;
      end(group);
      if (group !== undefined) groups.delete(group);
      rmSync(folder, { recursive: true, force: true });
      const whole = !late && code === 0;
      if (!whole) {
        const how = late
          ? `no news for ${current ? LIMIT.test : LIMIT.end} seconds`
          : signal
            ? `ended by ${signal}`
            : `exit status ${code}`;
        results.set(current ?? short(module), { outcome: late ? 'timeout' : 'crash', text: `${how}\n${tail}` });
      }
      done({ whole, names });
    });
  });
}

/**
 * All tests of a module, each in the order of the module; after a crash or a timeout in a new process with those that are left.
 * @param {string} python
 * @param {string} module
 * @param {string[] | undefined} only
 * @param {(done: number, of: number) => void} progress
 */
async function runModule(python, module, only, progress) {
  /** @type {Map<string, Result>} */
  const results = new Map();
  for (let before = -1; before < results.size; ) {
    before = results.size;
    const { whole, names } = await session(python, module, { only, done: [...results.keys()] }, results, progress);
    for (const name of names)
      if (whole && !results.has(name)) results.set(name, { outcome: 'missing', text: 'it did not run' });
    if (whole) break;
  }
  return results;
}

const good = (/** @type {Result | undefined} */ result) => result?.outcome === 'pass';
const bad = (/** @type {Result | undefined} */ result) =>
  !!result && result.outcome !== 'pass' && result.outcome !== 'skip';

/**
 * @param {string} python
 * @param {Suite} suite
 * @param {string} who
 * @param {number} tries
 * @param {{name: string, with: string, tries: number, text: string}[]} flaky
 */
async function judge(python, suite, who, tries, flaky) {
  const started = performance.now();
  const show = (/** @type {number} */ done, /** @type {number} */ of) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${short(suite.module)} ${who} ${done}/${of} \x1b[K`);
  };
  const results = await runModule(python, suite.module, suite.only, show);
  for (let attempt = 2; attempt <= tries; attempt++) {
    for (const [name, result] of results) {
      if (!bad(result) || name === short(suite.module)) continue;
      const again = (await runModule(python, suite.module, [name], () => {})).get(name);
      if (!again || !good(again)) continue;
      results.set(name, again);
      flaky.push({ name, with: who, tries: attempt, text: result.text });
    }
  }
  const count = (/** @type {(result: Result) => boolean} */ test) => [...results.values()].filter(test).length;
  const seconds = Math.round((performance.now() - started) / 1000);
  say(
    `${process.stderr.isTTY ? '\r\x1b[K' : ''}${short(suite.module).padEnd(28)} ${who.padEnd(9)} ${count(good)} passed, ${count(bad)} failed, ${count(({ outcome }) => outcome === 'skip')} skipped, ${seconds} s`,
  );
  return results;
}

/** @param {string[][]} rows the first is the head */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The suites that hold a name of --only, with the prefixes to run. @param {string[] | undefined} names */
function chosen(names) {
  if (!names) return SUITES;
  return names.map((name) => {
    const suite =
      SUITES.find(({ module }) => `${name}.`.startsWith(`${short(module)}.`)) ??
      SUITES.find(({ module }) => short(module).endsWith(`.${name.split('.')[0]}`));
    if (!suite) throw new Problem(`no such module: ${name}; see --help`);
    return name === short(suite.module) || short(suite.module).endsWith(`.${name}`)
      ? suite
      : { ...suite, only: [name] };
  });
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      original: { type: 'boolean' },
      tries: { type: 'string', default: '2' },
      source: { type: 'string' },
      build: { type: 'string' },
      report: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const tries = Number(values.tries);
  if (!(tries >= 1)) throw new Problem('--tries wants a number');
  const suites = chosen(values.only?.split(','));
  const started = performance.now();
  const cpython = /** @type {import('../../../toolchains/sdk/cpython.mjs').Cpython} */ (
    (await setup({ only: ['native', 'cpython'] })).cpython
  );
  const original = cpython.python;
  /** @type {Record<string, string>} */
  const pythons = { original };
  if (!values.original) {
    say('building');
    pythons.ours = await build(
      cpython,
      resolve(values.source ?? ROOT),
      resolve(values.build ?? join(ROOT, 'build/cpython')),
    );
  }
  /** @type {Record<string, {original: string, ours?: string, reason?: string}>} */
  const tests = {};
  /** @type {string[]} */
  const regressions = [];
  /** @type {string[]} */
  const notes = [];
  /** @type {{name: string, with: string, tries: number, text: string}[]} */
  const flaky = [];
  const rows = [['module', 'original', 'ours', 'skipped', 'worse', 'better']];
  for (const suite of suites) {
    /** @type {Record<string, Map<string, Result>>} */
    const by = {};
    await Promise.all(
      Object.entries(pythons).map(async ([who, python]) => (by[who] = await judge(python, suite, who, tries, flaky))),
    );
    const names = [...new Set(Object.values(by).flatMap((results) => [...results.keys()]))];
    let worse = 0,
      better = 0;
    for (const name of names) {
      const [first, second] = [by.original.get(name), by.ours?.get(name)];
      const entry = (tests[name] = {
        original: first?.outcome ?? 'missing',
        ...(by.ours && { ours: second?.outcome ?? 'missing' }),
      });
      const reason = [second, first].find((result) => result && result.outcome !== 'pass')?.text.trim();
      if (reason) Object.assign(entry, { reason: reason.slice(-2000) });
      if (by.ours && good(first) && !good(second)) {
        worse++;
        regressions.push(name);
        notes.push(
          `REGRESSION ${name}: ${second?.outcome ?? 'missing'}\n${(second?.text ?? '').replace(/^/gm, '    ')}`,
        );
      }
      if (bad(first) && good(second)) better++;
      // A crash of the whole module has no test to compare with.
      if (!first && bad(second) && !regressions.includes(name)) {
        regressions.push(name);
        notes.push(`REGRESSION ${name}: ${second?.outcome}\n${second?.text.replace(/^/gm, '    ')}`);
      }
    }
    const passed = (/** @type {Map<string, Result> | undefined} */ results) =>
      results ? `${[...results.values()].filter(good).length}/${results.size}` : '-';
    rows.push([
      short(suite.module),
      passed(by.original),
      passed(by.ours),
      String([...by.original.values()].filter(({ outcome }) => outcome === 'skip').length),
      String(worse),
      String(better),
    ]);
  }
  const version = must([original, '-I', '-c', 'import platform; print(platform.python_version())']).trim();
  const seconds = Math.round((performance.now() - started) / 1000);
  const count = (/** @type {'original' | 'ours'} */ who, /** @type {string} */ outcome) =>
    Object.values(tests).filter((test) => test[who] === outcome).length;
  const totals = Object.fromEntries(
    /** @type {('original' | 'ours')[]} */ (Object.keys(pythons)).map((who) => [
      who,
      {
        pass: count(who, 'pass'),
        skip: count(who, 'skip'),
        other: Object.keys(tests).length - count(who, 'pass') - count(who, 'skip'),
      },
    ]),
  );
  const report = resolve(values.report ?? join(ROOT, 'build/reports/cpython.json'));
  mkdirSync(dirname(report), { recursive: true });
  writeFileSync(report, `${JSON.stringify({ version, seconds, totals, tests, regressions, flaky }, null, 1)}\n`);
  for (const note of notes) console.log(`${note}\n`);
  for (const { name, with: who, tries: times } of flaky)
    console.log(`flaky: ${name} passed with ${who === 'ours' ? 'ours' : 'the original'} only the ${times}. time`);
  console.log(table(rows));
  console.log(
    `CPython ${version}: ${Object.keys(tests).length} tests, ${regressions.length} regressions, ${seconds} s`,
  );
  if (!Object.keys(tests).length) throw new Problem('no test ran');
  return regressions.length ? 1 : 0;
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    for (const group of groups) end(group);
    process.exit(130);
  });
}

main().then(
  (status) => (process.exitCode = status),
  (error) => {
    say(
      error instanceof Problem || error instanceof SetupError || error?.code?.startsWith?.('ERR_PARSE_ARGS')
        ? error.message
        : error.stack,
    );
    process.exitCode = 2;
  },
);
