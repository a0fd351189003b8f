#!/usr/bin/env node
// @ts-check
// npm test: sets everything up, builds every target, runs every test, and reports. Nothing of npm is imported here: it may not be installed yet.

import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setup } from '../toolchains/setup.mjs';
import { emptySuite, readCatch2, tail } from './support/catch2.mjs';
import { endAll, run } from './support/command.mjs';
import { readNodeTests } from './support/node_reporter.mjs';
import { add, failures, skips, table, totals } from './support/report.mjs';
import { NODE, nodeSuites, presets, stages } from './support/targets.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TARGETS = [...presets, NODE];

/** Seconds; each is many times what it takes on two cores. */
const LIMIT = { configure: 180, build: 1800, program: 300, file: 900 };

const HELP = `Usage: npm test [-- options]

Sets up what is missing, builds every target, runs every test. Exit status 1 if a test failed, a target ran no test, or a test was skipped without a reason.

  --only TARGET[,TARGET]    ${TARGETS.join(', ')}
  --suite NAME[,NAME]       only these suites (the first two columns of the table are targets and suites)
  --json                    the report on standard output, everything else on standard error
  --help

The report is build/reports/tests.json.`;

/**
 * @typedef {object} Job a program or file to run, when what it needs is built
 * @property {string} target
 * @property {string} suite
 * @property {string} what
 * @property {boolean} [alone]
 * @property {() => Promise<import('./support/catch2.mjs').Suite>} work
 */

class Run {
  /** @type {import('./support/report.mjs').Results} */ results = { targets: {} };
  /** @type {Job[]} */ #waiting = [];
  #running = 0;
  #building = true;
  #started = performance.now();
  /** @type {Set<string>} */ #built = new Set();
  /** @type {() => void} */ #idle = () => {};

  /**
   * @param {{targets: string[], suites: string[] | undefined, say: (line: string) => void}} options
   */
  constructor({ targets, suites, say }) {
    this.targets = targets;
    this.suites = suites;
    this.say = say;
    for (const target of targets) this.results.targets[target] = { suites: {} };
  }

  async all() {
    const files = this.#nodeFiles();
    const needed = new Set([...this.targets, ...files.flatMap((file) => file.needs)]);
    let ready = false;
    for (const { sdks, presets } of stages) {
      const wanted = presets.filter((preset) => needed.has(preset));
      // npm's packages come with the first stage.
      if (!wanted.length && ready) continue;
      ready = true;
      if (!(await this.#setUp(sdks, wanted))) continue;
      if (sdks.includes('npm')) this.#pushReady(files);
      for (const preset of wanted) {
        if (!(await this.#build(preset))) continue;
        this.#programs(preset);
        this.#pushReady(files);
      }
    }
    this.#building = false;
    for (const file of files) {
      const missing = file.needs.filter((preset) => !this.#built.has(preset));
      if (missing.length)
        this.#fail(
          file.job.target,
          file.job.suite,
          file.job.what,
          `not run, because ${missing.join(' and ')} could not be built`,
        );
      else this.#push(file.job);
    }
    await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
      this.#idle = resolve;
      this.#next();
    });
  }

  /**
   * @param {string[]} sdks
   * @param {string[]} wanted
   */
  async #setUp(sdks, wanted) {
    try {
      const { native } = await setup({ only: sdks });
      if (native?.generator) process.env.CMAKE_GENERATOR ??= native.generator;
      return true;
    } catch (error) {
      const { message } = /** @type {Error} */ (error);
      this.#tell(`set-up of ${sdks.join(', ')} FAILED: ${message}`);
      for (const target of wanted.length ? wanted : [NODE]) this.#fail(target, 'set-up', sdks.join(', '), message);
      return false;
    }
  }

  /** @param {string} preset */
  async #build(preset) {
    const began = performance.now();
    for (const [what, command, limit] of /** @type {const} */ ([
      ['configure', ['cmake', '--preset', preset], LIMIT.configure],
      ['build', ['cmake', '--build', '--preset', preset], LIMIT.build],
    ])) {
      const outcome = await run([...command], {
        limit,
        cwd: ROOT,
        background: this.#running > 0 || this.#waiting.length > 0 || preset !== presets[0],
      });
      if (outcome.code === 0) continue;
      this.#tell(`${preset}: ${what} FAILED (${outcome.seconds.toFixed(1)} s)`);
      this.#fail(
        preset,
        what,
        `cmake ${what}`,
        `${outcome.late ? `not finished after ${limit} s\n` : ''}${errorsOf(outcome.stdout + outcome.stderr)}`,
      );
      return false;
    }
    this.#built.add(preset);
    this.#tell(`${preset}: built (${seconds(began)})`);
    return true;
  }

  /** @param {string} preset */
  #programs(preset) {
    if (!this.targets.includes(preset)) return;
    /** @type {{suite: string, command: string[]}[]} */
    const programs = JSON.parse(readFileSync(join(ROOT, 'build', preset, 'tests.json'), 'utf8'));
    for (const { suite, command } of programs) {
      this.#push({
        target: preset,
        suite,
        what: '',
        work: async () => readCatch2(await run([...command, '-r', 'xml'], { limit: LIMIT.program, cwd: ROOT }), ROOT),
      });
    }
  }

  #nodeFiles() {
    if (!this.targets.includes(NODE)) return [];
    return nodeSuites
      .filter(({ name }) => this.#wants(name))
      .flatMap(({ name, folder, pattern, alone = false, builds = false, needs = [] }) =>
        readdirSync(join(ROOT, folder), { recursive: true })
          .map(String)
          .filter((file) => pattern.test(file))
          .sort()
          .map((file) => ({
            needs,
            late: alone || builds,
            job: { target: NODE, suite: name, what: file, alone, work: () => this.#nodeFile(join(ROOT, folder, file)) },
          })),
      );
  }

  /** @param {string} file */
  async #nodeFile(file) {
    const folder = join(ROOT, 'build', 'reports', 'node');
    mkdirSync(folder, { recursive: true });
    const lines = join(folder, `${relative(join(ROOT, 'tests'), file).replaceAll('/', '-')}.ndjson`);
    rmSync(lines, { force: true });
    const outcome = await run(
      [
        process.execPath,
        '--no-warnings',
        `--test-reporter=${join(ROOT, 'tests/support/node_reporter.mjs')}`,
        `--test-reporter-destination=${lines}`,
        file,
      ],
      { limit: LIMIT.file, cwd: ROOT },
    );
    return readNodeTests(existsSync(lines) ? readFileSync(lines, 'utf8') : '', outcome, ROOT);
  }

  /** Pushes, and takes out, the files that may run beside the builds that are left. @param {{needs: string[], late: boolean, job: Job}[]} files */
  #pushReady(files) {
    const isReady = (/** @type {{needs: string[], late: boolean}} */ { needs, late }) =>
      !late && needs.every((preset) => this.#built.has(preset));
    for (const { job } of files.filter(isReady)) this.#push(job);
    files.splice(0, files.length, ...files.filter((file) => !isReady(file)));
  }

  /** @param {string} suite */
  #wants(suite) {
    return !this.suites || this.suites.includes(suite);
  }

  /** @param {Job} job */
  #push(job) {
    if (!this.#wants(job.suite)) return;
    this.#waiting.push(job);
    this.#next();
  }

  /** One test beside a build, two when all is built, and one alone that needs the machine for itself. */
  #next() {
    const room = this.#building ? 1 : 2;
    while (this.#running < room && this.#waiting.length) {
      const at = this.#waiting.findIndex((job) => !job.alone);
      const [job] = this.#waiting.splice(Math.max(at, 0), 1);
      if (job.alone && this.#running) {
        this.#waiting.unshift(job);
        return;
      }
      const weight = job.alone ? room : 1;
      this.#running += weight;
      this.#do(job).finally(() => {
        this.#running -= weight;
        this.#next();
      });
    }
    if (!this.#running && !this.#waiting.length) this.#idle();
  }

  /** @param {Job} job */
  async #do({ target, suite, what, work }) {
    let result;
    try {
      result = await work();
    } catch (error) {
      result = {
        ...emptySuite(),
        failed: 1,
        failures: [{ name: what, text: String(/** @type {Error} */ (error).stack) }],
      };
    }
    for (const skip of result.skipped) {
      if (!skip.reason.trim()) result.failures.push({ name: skip.name, text: 'skipped without a reason' });
    }
    add(this.results, target, suite, result);
    const { passed, failed, skipped } = result;
    const counts = [`${passed} passed`, failed && `${failed} FAILED`, skipped.length && `${skipped.length} skipped`]
      .filter(Boolean)
      .join(', ');
    this.#tell(`${target}: ${suite}${what ? ` ${what}` : ''}: ${counts} (${result.seconds.toFixed(1)} s)`);
  }

  /**
   * @param {string} target
   * @param {string} suite
   * @param {string} name
   * @param {string} text
   */
  #fail(target, suite, name, text) {
    add(this.results, target, suite, { ...emptySuite(), failed: 1, failures: [{ name, text }] });
  }

  /** Targets that ran nothing, which is a failure too, unless that was asked for. */
  empty() {
    return Object.entries(this.results.targets)
      .filter(([, { suites }]) => Object.values(suites).every((suite) => suite.passed + suite.failed === 0))
      .map(([target]) => target);
  }

  get elapsed() {
    return (performance.now() - this.#started) / 1000;
  }

  /** @param {string} text */
  #tell(text) {
    this.say(`${this.elapsed.toFixed(1).padStart(6)} s  ${text}`);
  }
}

/** @param {number} began */
function seconds(began) {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

/** The lines of a build's output that matter. @param {string} output */
function errorsOf(output) {
  const lines = output.split('\n').map((line) => line.replaceAll(`${ROOT}/`, ''));
  const first = lines.findIndex((line) => /\berror\b|CMake Error|undefined (reference|symbol)|FAILED:/i.test(line));
  return first < 0
    ? tail(output)
    : lines
        .slice(first, first + 30)
        .map((line) => line.slice(0, 400))
        .join('\n');
}

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** @param {string[]} args */
async function main(args) {
  /** @type {{only?: string, suite?: string, json?: boolean, help?: boolean}} */
  let values;
  try {
    const text = /** @type {const} */ ({ type: 'string' });
    const flag = /** @type {const} */ ({ type: 'boolean' });
    ({ values } = parseArgs({ args, options: { only: text, suite: text, json: flag, help: flag } }));
    const unknown = names(values.only)?.find((name) => !TARGETS.includes(name));
    if (unknown !== undefined) throw new Error(`unknown target "${unknown}": the targets are ${TARGETS.join(', ')}`);
  } catch (error) {
    console.error(`tests: ${/** @type {Error} */ (error).message.split('\n')[0]}`);
    return 2;
  }
  if (values.help) return (console.log(HELP), 0);

  const say = values.json ? console.error : console.log;
  const suites = names(values.suite);
  const run = new Run({ targets: names(values.only) ?? TARGETS, suites, say });
  await run.all();

  const { results } = run;
  const total = totals(results);
  // With --suite only the suite has to be somewhere.
  const empty = suites ? (total.passed + total.failed === 0 ? [`suite ${suites.join(', ')}`] : []) : run.empty();
  const unexplained = Object.values(results.targets)
    .flatMap(({ suites }) => Object.values(suites))
    .flatMap((suite) => suite.skipped)
    .filter(({ reason }) => !reason.trim()).length;
  const ok = total.failed === 0 && empty.length === 0 && unexplained === 0;
  const report = {
    ok,
    complete: !values.only && !suites,
    seconds: Math.round(run.elapsed),
    node: process.version,
    ...total,
    ...results,
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  write(join(ROOT, 'build/reports/tests.json'), json);
  if (values.json) process.stdout.write(json);

  for (const part of [failures(results), skips(results), table(results)]) if (part) say(`\n${part}`);
  say(`\n${run.elapsed.toFixed(0)} s; build/reports/tests.json`);
  for (const target of empty) say(`FAILED: ${target} ran no test`);
  if (unexplained) say(`FAILED: ${unexplained} skipped without a reason`);
  say(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return ok ? 0 : 1;
}

/** @param {string | undefined} list */
function names(list) {
  return list
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    endAll('SIGKILL');
    process.kill(process.pid, signal);
  });
}

process.exitCode = await main(process.argv.slice(2));
