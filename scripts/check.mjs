#!/usr/bin/env node
// @ts-check
/**
 * What can be said of the sources in a minute, without a build: their format, what linters say, types, and the unit tests that need no compiled
 * program.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endAll, run } from '../tests/support/command.mjs';
import { setup, SetupError } from '../toolchains/setup.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** What clang-tidy found nothing in, by the hash of all that it read. */
const CLEAN = join(ROOT, 'build/check/clean.json');
const LIMIT_S = 600;

const HELP = `Usage: npm run check [-- --only PART[,PART]] [--fix]

  format    JavaScript and JSON (biome), C and C++ (clang-format)
  lint      JavaScript (biome), C and C++ (clang-tidy)
  types     of all JavaScript (tsc)
  unit      the tests of js/ that need no compiled program and little time

  --only PART[,PART]
  --fix             format, and mend what linters can
  --json            on standard output; what happens goes to standard error
  --help`;

/**
 * @typedef {object} Check
 * @property {'format' | 'lint' | 'types' | 'unit'} part
 * @property {string} name
 * @property {string[]} command
 * @property {() => void} [passed]
 */

/** @param {string} file */
const node = (file, /** @type {string[]} */ ...args) => [process.execPath, join(ROOT, 'node_modules', file), ...args];

/** @param {import('../toolchains/sdk/lint.mjs').Lint} lint @param {boolean} fix @returns {Promise<Check[]>} */
async function checks({ format, tidy }, fix) {
  const { headers, sources } = await cFiles();
  return [
    { part: 'types', name: 'tsc', command: node('typescript/bin/tsc', '-p', 'tsconfig.json') },
    {
      part: 'types',
      name: 'tsc of the demo',
      command: node('typescript/bin/tsc', '-p', 'examples/demo/tsconfig.json'),
    },
    {
      part: 'format',
      name: 'biome',
      command: node('@biomejs/biome/bin/biome', 'format', ...(fix ? ['--write'] : []), '.'),
    },
    {
      part: 'lint',
      name: 'biome',
      command: node('@biomejs/biome/bin/biome', 'lint', ...(fix ? ['--write'] : ['--error-on-warnings']), '.'),
    },
    {
      part: 'format',
      name: 'clang-format',
      command: [format, ...(fix ? ['-i'] : ['--dry-run', '-Werror']), ...headers, ...sources],
    },
    {
      part: 'unit',
      name: 'tests',
      command: [
        process.execPath,
        '--no-warnings',
        '--test',
        '--test-reporter=dot',
        ...UNIT.map((room) => `tests/js/${room}`),
      ],
    },
    ...(await lintOf(tidy, headers, sources)),
  ];
}

/** Rooms of tests/js, and tests of others, that take seconds. */
const UNIT = [
  'abi',
  'signals',
  'browser',
  'guest/program_host.test.js',
  'guest/wasi_flags.test.js',
  'guest/wasi_addresses.test.js',
  'link/queue.test.js',
  'link/input.test.js',
  'owner/default_actions.test.js',
  'owner/delivery_watcher.test.js',
  'terminal/line_discipline.test.js',
];

/** @returns {Promise<{headers: string[], sources: string[]}>} */
async function cFiles() {
  const { code, stdout, stderr } = await run(
    ['git', 'ls-files', '--cached', '--others', '--exclude-standard', '--', 'src', 'platform'],
    { limit: LIMIT_S, cwd: ROOT },
  );
  if (code !== 0) throw new Error(`git ls-files: ${stderr}`);
  const files = stdout.split('\n').filter((file) => existsSync(join(ROOT, file)));
  return {
    headers: files.filter((file) => /\.(h|hpp)$/.test(file)),
    sources: files.filter((file) => /\.(c|cpp)$/.test(file)),
  };
}

/**
 * clang-tidy of what is compiled natively. It takes seconds for a file, so what has not changed since it found nothing is passed over.
 * @param {string} tidy @param {string[]} headers @param {string[]} sources
 * @returns {Promise<Check[]>}
 */
async function lintOf(tidy, headers, sources) {
  const folder = join(ROOT, 'build/check');
  const configure = [
    'cmake',
    '-S',
    '.',
    '-B',
    folder,
    '-DCMAKE_EXPORT_COMPILE_COMMANDS=ON',
    '-DWASMSIG_BUILD_TESTS=OFF',
    '-DWASMSIG_BUILD_EXAMPLES=OFF',
  ];
  const { code, stdout, stderr } = await run(configure, { limit: LIMIT_S, cwd: ROOT });
  if (code !== 0) throw new Error(`${configure.join(' ')}\n${stdout}${stderr}`);
  const compiled = new Set(
    JSON.parse(readFileSync(join(folder, 'compile_commands.json'), 'utf8')).map(
      (/** @type {{file: string}} */ { file }) => file,
    ),
  );
  /** @type {Record<string, string>} */
  const clean = existsSync(CLEAN) ? JSON.parse(readFileSync(CLEAN, 'utf8')) : {};
  const common = hash(...[...headers, '.clang-tidy', 'src/signals.def'].map((file) => readFileSync(join(ROOT, file))));
  return sources
    .filter((file) => compiled.has(join(ROOT, file)))
    .flatMap((file) => {
      const key = hash(common, readFileSync(join(ROOT, file)));
      if (clean[file] === key) return [];
      return {
        part: 'lint',
        name: `clang-tidy ${file}`,
        command: [tidy, '-p', folder, '--quiet', file],
        passed() {
          clean[file] = key;
          writeFileSync(CLEAN, `${JSON.stringify(clean, null, 1)}\n`);
        },
      };
    });
}

/** @param {(string | Buffer)[]} contents */
function hash(...contents) {
  const sum = createHash('sha256');
  for (const one of contents) sum.update(one);
  return sum.digest('hex');
}

/** @param {string[]} args */
async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      fix: { type: 'boolean', default: false },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return (console.log(HELP), 0);
  const parts = values.only?.split(',') ?? ['format', 'lint', 'types', 'unit'];
  const unknown = parts.find((part) => !['format', 'lint', 'types', 'unit'].includes(part));
  if (unknown !== undefined) throw new SetupError(`unknown part "${unknown}": the parts are format, lint, types, unit`);
  const say = values.json ? console.error : console.log;
  const began = performance.now();
  const { lint } = await setup({ only: ['native', 'npm', 'lint'], quiet: true });
  mkdirSync(join(ROOT, 'build/check'), { recursive: true });
  const waiting = (await checks(/** @type {import('../toolchains/sdk/lint.mjs').Lint} */ (lint), values.fix)).filter(
    ({ part }) => parts.includes(part),
  );
  /** @type {{part: string, name: string, ok: boolean, seconds: number, text: string}[]} */
  const results = [];
  const worker = async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) {
      const { code, stdout, stderr, seconds } = await run(one.command, { limit: LIMIT_S, cwd: ROOT });
      const ok = code === 0;
      if (ok) one.passed?.();
      results.push({
        part: one.part,
        name: one.name,
        ok,
        seconds: Math.round(seconds * 10) / 10,
        text: ok ? '' : `${stdout}${stderr}`.trim(),
      });
      if (!ok || !one.name.startsWith('clang-tidy'))
        say(`${ok ? 'ok    ' : 'FAILED'}  ${one.part.padEnd(6)}  ${one.name} (${seconds.toFixed(1)} s)`);
      if (!ok) say(results[results.length - 1].text);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const failed = results.filter(({ ok }) => !ok).length;
  say(
    `${results.length - failed} passed, ${failed} failed, ${seconds} s${failed ? '; npm run check -- --fix mends formats' : ''}`,
  );
  if (values.json) console.log(JSON.stringify({ ok: failed === 0, seconds, results }, null, 1));
  return failed ? 1 : 0;
}

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => {
    endAll('SIGKILL');
    process.exit(1);
  });
}
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`check: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
