#!/usr/bin/env node
// @ts-check
// The mutation check: deliberate defects (mutants.mjs), one at a time, in a copy of the tree. The tests must catch each.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readCatch2, tail } from '../../support/catch2.mjs';
import { endAll, run } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';
import { mutants } from './mutants.mjs';

/** Seconds. A defect that makes a test hang is caught by the limit, so it is short: the programs take less than a second. */
const LIMIT = { configure: 120, build: 900, program: 20 };

/** What the copy has. The rest is not needed to build the tests. */
const COPIED = [
  'CMakeLists.txt',
  'src',
  'platform',
  'cmake',
  'toolchains/cmake',
  'tests/CMakeLists.txt',
  'tests/unit',
  'tests/judges/parity',
];

/** The programs that see a folder's defects, in the order in which they are asked; the first that fails is enough. */
const JUDGES = {
  process: ['process_tests', 'module_emulated_tests', 'parity'],
  module: ['module_tests', 'module_emulated_tests'],
};
const PROGRAMS = ['process_tests', 'module_tests', 'module_emulated_tests', 'parity'];
const PARITY = ['--seed', '1', '--ops', '40000'];

const HELP = `Usage: npm run mutants [-- options]

Applies deliberate defects, one at a time, to a copy of the tree in build/mutants, and runs the tests: each must be caught.
Exit status 1 if one survives, or if its edit no longer fits.

  --only NAME[,NAME]   only these
  --list               the defects and the rules that they break; nothing is run
  --judges NAME[,NAME] ask only these: process_tests, module_tests, module_emulated_tests, parity; then the report is mutants-NAME.json
  --folder DIR         the copy and its build, instead of build/mutants
  --json               the report on standard output, everything else on standard error
  --help

The report is build/reports/mutants.json.`;

/** @typedef {import('./mutants.mjs').Mutant} Mutant */
/** @typedef {{name: string, breaks: string, caught: boolean, by: {program: string, tests: string[]} | null, problem: string, seconds: number}} Result */

class Copy {
  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
    this.build = join(folder, 'build');
    /** @type {string[]} that can be built here, and were asked for */
    this.programs = [];
  }

  /** Makes the copy equal to the tree. What is equal stays untouched, so that the build has little to do. */
  refresh() {
    const wanted = new Set(COPIED.flatMap((name) => filesUnder(join(ROOT, name))).map((file) => relative(ROOT, file)));
    for (const file of COPIED.flatMap((name) => filesUnder(join(this.folder, name)))) {
      if (!wanted.has(relative(this.folder, file))) rmSync(file);
    }
    for (const file of wanted) {
      const to = join(this.folder, file);
      const text = readFileSync(join(ROOT, file));
      if (existsSync(to) && readFileSync(to).equals(text)) continue;
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, text);
    }
    // Folders that the build asks for, and whose programs are not part of this.
    for (const file of ['tests/availability/availability.c', 'tests/guests/driven.c']) {
      const to = join(this.folder, file);
      mkdirSync(dirname(to), { recursive: true });
      if (!existsSync(to)) writeFileSync(to, 'int main(void) { return 0; }\n');
    }
  }

  /** @param {string[]} wanted */
  async configure(wanted) {
    const generator = existsSync(join(this.build, 'CMakeCache.txt'))
      ? []
      : (await run(['ninja', '--version'], { limit: 10 })).code === 0
        ? ['-G', 'Ninja']
        : [];
    const outcome = await run(
      [
        'cmake',
        '-S',
        this.folder,
        '-B',
        this.build,
        ...generator,
        '-DCMAKE_BUILD_TYPE=None',
        '-DCMAKE_C_FLAGS=-O0',
        '-DCMAKE_CXX_FLAGS=-O0',
        '-DWASMSIG_BUILD_EXAMPLES=OFF',
        '-DWASMSIG_BUILD_BENCH=OFF',
        '-DWASMSIG_INSTALL=OFF',
        '-DWASMSIG_WARNINGS_AS_ERRORS=OFF',
      ],
      { limit: LIMIT.configure },
    );
    if (outcome.code) throw new Error(`the copy cannot be configured\n${tail(outcome.stdout + outcome.stderr)}`);
    const help = await run(['cmake', '--build', this.build, '--target', 'help'], { limit: 60 });
    this.programs = wanted.filter((name) => new RegExp(`(^|\\s)${name}(:|\\s|$)`, 'm').test(help.stdout));
  }

  /** @param {string[]} programs @returns {Promise<string>} what is wrong, '' if nothing */
  async make(programs) {
    const outcome = await run(['cmake', '--build', this.build, '--parallel', '2', '--target', ...programs], {
      limit: LIMIT.build,
      background: true,
    });
    return outcome.code ? tail(outcome.stdout + outcome.stderr) : '';
  }

  /** @param {string} program @returns {Promise<string[]>} the tests that failed */
  async judge(program) {
    if (program === 'parity') {
      const file = join(this.build, 'tests/judges/parity/parity');
      const outcomes = [
        await run([file, '--regressions', join(this.folder, 'tests/judges/parity/regressions')], {
          limit: LIMIT.program,
        }),
      ];
      if (!outcomes[0].code) outcomes.push(await run([file, ...PARITY], { limit: LIMIT.program * 2 }));
      const bad = outcomes.findIndex(({ code, late }) => code || late);
      if (bad < 0) return [];
      if (outcomes[bad].code === 2)
        throw new Error(`parity could not run\n${tail(outcomes[bad].stdout + outcomes[bad].stderr)}`);
      return [bad ? `parity ${PARITY.join(' ')}` : 'parity --regressions'];
    }
    const outcome = await run([join(this.build, 'tests', program), '-r', 'xml'], { limit: LIMIT.program });
    return readCatch2(outcome, this.folder).failures.map(({ name, text }) =>
      /not finished after|killed by|before the tests were through/.test(text)
        ? `${name} (${text.match(/not finished after \d+ s|killed by \w+|ended with exit code \d+/)?.[0]})`
        : name,
    );
  }

  /**
   * Applies the edits, does something, and takes them back.
   * @template T
   * @param {Mutant} mutant
   * @param {() => Promise<T>} work
   */
  async mutated({ file, edits }, work) {
    const path = join(this.folder, file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(path, edited(original, edits));
    // Also a change within the same second, or tick, must be seen by the build.
    touch(path);
    try {
      return await work();
    } finally {
      writeFileSync(path, original);
      touch(path);
    }
  }
}

let tick = Date.now();
/** @param {string} file */
function touch(file) {
  tick = Math.max(tick + 20, Date.now());
  utimesSync(file, tick / 1000, tick / 1000);
}

/** @param {string} path @returns {string[]} */
function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

/** @param {string} text @param {Mutant['edits']} edits */
export function edited(text, edits) {
  let result = text;
  for (const [search, replace] of edits) {
    const found = text.split(search).length - 1;
    if (found !== 1)
      throw new Error(`the text to replace is there ${found} times instead of once: ${JSON.stringify(search)}`);
    if (result.split(search).length !== 2) throw new Error(`two edits meet: ${JSON.stringify(search)}`);
    result = result.replace(search, () => replace);
  }
  if (result === text) throw new Error('the edits change nothing');
  return result;
}

/** @param {Mutant} mutant */
function judges({ file }) {
  return /^src\/(?:process|queue)\//.test(file) ? JUDGES.process : JUDGES.module;
}

/** @param {Copy} copy @param {Mutant} mutant @returns {Promise<Result>} */
async function check(copy, mutant) {
  const began = performance.now();
  const { name, breaks } = mutant;
  /** @type {Result} */
  const result = { name, breaks, caught: false, by: null, problem: '', seconds: 0 };
  try {
    await copy.mutated(mutant, async () => {
      for (const program of judges(mutant).filter((one) => copy.programs.includes(one))) {
        const problem = await copy.make([program]);
        if (problem) {
          result.problem = `it does not compile\n${problem}`;
          return;
        }
        const tests = await copy.judge(program);
        if (!tests.length) continue;
        result.caught = true;
        result.by = { program, tests };
        return;
      }
      result.problem = 'it survived';
    });
  } catch (error) {
    result.problem = /** @type {Error} */ (error).message;
  }
  result.seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  return result;
}

/** @param {string[]} args */
async function main(args) {
  /** @type {{only?: string, judges?: string, list?: boolean, folder?: string, json?: boolean, help?: boolean}} */
  let values;
  /** @type {Mutant[]} */
  let chosen = mutants;
  let wanted = PROGRAMS;
  try {
    const text = /** @type {const} */ ({ type: 'string' });
    const flag = /** @type {const} */ ({ type: 'boolean' });
    ({ values } = parseArgs({
      args,
      options: { only: text, judges: text, list: flag, folder: text, json: flag, help: flag },
    }));
    if (values.only) {
      chosen = values.only.split(',').map((name) => {
        const mutant = mutants.find((one) => one.name === name.trim());
        if (!mutant) throw new Error(`unknown defect "${name.trim()}": --list shows them`);
        return mutant;
      });
    }
    if (values.judges) {
      wanted = values.judges.split(',').map((name) => name.trim());
      const unknown = wanted.find((name) => !PROGRAMS.includes(name));
      if (unknown !== undefined) throw new Error(`unknown program "${unknown}": they are ${PROGRAMS.join(', ')}`);
      chosen = chosen.filter((mutant) => judges(mutant).some((name) => wanted.includes(name)));
      if (!chosen.length) throw new Error(`${wanted.join(', ')} cannot see these defects`);
    }
  } catch (error) {
    console.error(`mutants: ${/** @type {Error} */ (error).message.split('\n')[0]}`);
    return 2;
  }
  if (values.help) return (console.log(HELP), 0);
  if (values.list) {
    if (values.json)
      console.log(
        JSON.stringify(
          mutants.map(({ name, breaks, file }) => ({ name, breaks, file })),
          null,
          2,
        ),
      );
    else for (const { name, breaks, file } of mutants) console.log(`${name.padEnd(36)} ${file.padEnd(28)} ${breaks}`);
    return 0;
  }
  const say = values.json ? console.error : console.log;

  const began = performance.now();
  const copy = new Copy(values.folder ?? join(ROOT, 'build/mutants'));
  copy.refresh();
  await copy.configure(wanted);
  const { programs } = copy;
  if (!programs.length) return (say(`nothing to ask: ${wanted.join(', ')} cannot be built here`), 1);
  const broken = await sound(copy, programs);
  if (broken) return (say(`without any defect: ${broken}`), 1);
  say(`without a defect ${programs.join(', ')} pass (${((performance.now() - began) / 1000).toFixed(0)} s)`);

  /** @type {Result[]} */
  const results = [];
  for (const mutant of chosen) {
    const result = await check(copy, mutant);
    results.push(result);
    say(
      `${result.caught ? 'caught' : 'FAILED'}  ${result.name.padEnd(36)} ${`${result.seconds.toFixed(1)} s`.padStart(7)}  ${result.by ? `${result.by.program}: ${result.by.tests[0]}${result.by.tests.length > 1 ? ` and ${result.by.tests.length - 1} more` : ''}` : result.problem}`,
    );
  }
  // If a defect had stayed, those after it would have been caught for its sake.
  const left = await sound(copy, programs);
  if (left) say(`FAILED  after the last defect was taken back: ${left}`);
  const caught = results.filter((result) => result.caught).length;
  const report = {
    ok: caught === results.length && !left,
    mutants: results.length,
    caught,
    survivors: results.filter((result) => !result.caught).map(({ name }) => name),
    seconds: Math.round((performance.now() - began) / 1000),
    programs,
    source: sourceHash(),
    results,
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  const file = join(ROOT, `build/reports/mutants${values.judges ? `-${wanted.join('-')}` : ''}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, json);
  renameSync(`${file}.new`, file);
  if (values.json) process.stdout.write(json);
  say(`\n${caught} of ${results.length} defects caught; ${relative(ROOT, file)} (${report.seconds} s)`);
  return report.ok ? 0 : 1;
}

/** Builds and runs everything as it is. @param {Copy} copy @param {string[]} programs @returns {Promise<string>} what fails, '' if nothing */
async function sound(copy, programs) {
  const problem = await copy.make(programs);
  if (problem) return `the tree does not build\n${problem}`;
  for (const program of programs) {
    const tests = await copy.judge(program);
    if (tests.length) return `${program} fails: ${tests.join('; ')}`;
  }
  return '';
}

/** Which source this was said of. */
function sourceHash() {
  const hash = createHash('sha256');
  for (const file of ['src/process', 'src/queue', 'src/signal_module'].flatMap((name) => filesUnder(join(ROOT, name))))
    hash.update(relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    endAll('SIGKILL');
    process.kill(process.pid, signal);
  });
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1])
  process.exitCode = await main(process.argv.slice(2));
