// @ts-check
// Judges one package: runs its checks, each in a process of its own with a limit, and says what they show.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../support/command.mjs';
import { accessTo, programOf } from './program.mjs';

/** Seconds that one check may take. */
const LIMIT = 180;
/** Milliseconds from the request to the end. */
export const MOST_LATE = 100;
/** What of a processor may be used while a program is stopped. */
const MOST_IDLE = 0.25;

const CHECK = fileURLToPath(new URL('check.mjs', import.meta.url));

/**
 * @typedef {object} Verdict
 * @property {string} package
 * @property {string} version
 * @property {string} program
 * @property {string} does
 * @property {import('./files.mjs').WasmFile[]} files
 * @property {{all: number, valid: number, instrumented: number, result_valid: Record<string, number>, wrong: string[]}} modules
 * @property {boolean} same guarded as without wasmsig
 * @property {End | null} ended by an end
 * @property {End | null} handled by a handler that sets the program's own flag
 * @property {{idle: number, late: number, stopped: boolean, usable: boolean, failed?: string} | null} paused
 * @property {string | null} recover what the package asks for after an end
 * @property {boolean} renews whether that is a new instance
 * @property {Record<string, string>} known
 * @property {string[]} faults what is not as it should be and has no known reason
 * @property {number} seconds
 */

/**
 * @typedef {object} End
 * @property {string} outcome
 * @property {number[]} late milliseconds, one for each time
 * @property {number} best
 * @property {number} median
 * @property {boolean} in_time every time ended by it, and once within MOST_LATE: others use the machine, too
 * @property {number} usable how many times in a row it answered as before
 * @property {string} [failed]
 */

/** The names of the programs. @returns {string[]} */
export function programNames() {
  const files = readdirSync(new URL('programs', import.meta.url));
  return files.map((file) => file.replace(/\.mjs$/, '')).sort();
}

/**
 * @param {string} name of a program
 * @param {{folder: string, node24: string | undefined, short: boolean}} options
 * @returns {Promise<Verdict>}
 */
export async function judgePackage(name, { folder, node24, short }) {
  const started = performance.now();
  const temporary = mkdtempSync(join(tmpdir(), 'wasmsig-third-party-'));
  try {
    const program = await programOf(name);
    const { bytes } = await accessTo(folder);
    const { version } = JSON.parse(Buffer.from(bytes(`${program.packages[0]}/package.json`)).toString());
    const check = (/** @type {string} */ kind) => checkOf(kind, name, folder, temporary);
    const files = short ? { files: [] } : await check('files');
    const plain = await check('plain');
    const ended = await check('ended');
    // What a limit does not reach, a stop does not either.
    const paused = program.known?.ended ? undefined : await check('paused');
    const handled = ended.handles ? await check('handled') : undefined;
    const verdict = {
      package: program.packages[0],
      version,
      program: name,
      does: program.does,
      files: (files.files ?? []).map((/** @type {any} */ { result: _, ...file }) => file),
      modules: await modulesOf(files, node24, temporary),
      same: plain.smoke?.[0] === plain.smoke?.[1] && plain.smoke?.[0] !== undefined && plain.smoke[0] === ended.smoke,
      ended: endOf(ended, plain),
      handled: handled ? endOf(handled, plain) : null,
      paused: paused ? pauseOf(paused, plain) : null,
      recover: ended.recover ?? null,
      renews: ended.renews === true,
      known: { ...program.known },
      faults: /** @type {string[]} */ ([]),
      seconds: 0,
    };
    verdict.faults = faultsOf(verdict, plain);
    verdict.seconds = Math.round((performance.now() - started) / 100) / 10;
    return verdict;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * @param {string} kind
 * @param {string} name
 * @param {string} folder
 * @param {string} temporary
 * @returns {Promise<any>}
 */
async function checkOf(kind, name, folder, temporary) {
  const output = join(temporary, `${kind}.json`);
  const command = [process.execPath, '--no-warnings', CHECK, kind, name, folder, output, temporary];
  const { code, late, stderr } = await run(command, { limit: LIMIT });
  const why = late
    ? `after ${LIMIT} s it has not ended`
    : `it ended with ${code}: ${stderr.trim().split('\n').slice(-3).join(' ')}`;
  try {
    const result = JSON.parse(readFileSync(output, 'utf8'));
    return late || code !== 0 ? { failed: why, ...result } : result;
  } catch {
    return { failed: why };
  }
}

/**
 * @param {any} checked
 * @param {string | undefined} node24
 * @param {string} temporary
 */
async function modulesOf(checked, node24, temporary) {
  /** @type {import('./files.mjs').WasmFile[]} */
  const files = checked.files ?? [];
  const made = files.filter(({ result }) => result);
  /** @type {Record<string, number>} */
  const resultValid = { [process.version]: count(files, ({ valid, result_valid }) => valid && result_valid) };
  const wrong = files
    .filter((file) => file.valid && !file.result_valid)
    .map(({ file, refused }) => `${file}: ${refused ?? 'invalid'}`);
  let valid = count(files, (file) => file.valid);
  if (node24 && made.length > 0) {
    const pairs = made.map(({ file, result }) => [file, result]);
    const [version, answers] = await validIn(node24, pairs, join(checked.folder, 'node_modules'), temporary);
    resultValid[version] = count(answers, ([, original, result]) => original && result);
    valid = Math.max(
      valid,
      count(answers, ([, original]) => original),
    );
    for (const [file, original, result] of answers)
      if (original && !result) wrong.push(`${file}: invalid in ${version}`);
  }
  const { failed } = checked;
  if (failed) wrong.push(failed.slice(0, 300));
  return { all: files.length, valid, instrumented: made.length, result_valid: resultValid, wrong };
}

/** @template T @param {T[]} list @param {(one: T) => unknown} condition */
const count = (list, condition) => list.filter(condition).length;

/**
 * What another Node says of originals and results.
 * @param {string} node
 * @param {(string | undefined)[][]} pairs
 * @param {string} root
 * @param {string} temporary
 * @returns {Promise<[string, [string, boolean, boolean][]]>}
 */
async function validIn(node, pairs, root, temporary) {
  const script = `const { readFileSync } = require('fs'), { join } = require('path');
    const valid = (file) => WebAssembly.validate(readFileSync(file));
    const [root, ...rest] = process.argv.slice(1);
    const pairs = JSON.parse(readFileSync(rest[0]));
    console.log(JSON.stringify([process.version, pairs.map(([a, b]) => [a, valid(join(root, a)), valid(b)])]));`;
  const list = join(temporary, 'pairs.json');
  writeFileSync(list, JSON.stringify(pairs));
  const { stdout, stderr, code } = await run([node, '-e', script, root, list], { limit: LIMIT });
  if (code !== 0) throw new Error(`${node}: ${stderr}`);
  return JSON.parse(stdout);
}

/** @param {any} checked @param {any} plain @returns {End | null} */
function endOf(checked, plain) {
  const { rounds = [], failed } = checked;
  const late = rounds.map((/** @type {any} */ round) => Math.round(round.late * 10) / 10);
  const sorted = [...late].sort((a, b) => a - b);
  const usable = rounds.findIndex((/** @type {any} */ { smoke }) => smoke !== plain.smoke?.[0]);
  return {
    outcome: rounds.at(-1)?.outcome.split('\n').pop() ?? '',
    late,
    best: sorted[0] ?? Number.NaN,
    median: sorted[sorted.length >> 1] ?? Number.NaN,
    in_time: rounds.length > 0 && sorted[0] <= MOST_LATE && rounds.every(wasEnded),
    usable: usable < 0 ? rounds.length : usable,
    ...(failed && { failed: failed.slice(0, 500) }),
  };
}

/** Not so: it finished, or failed before the time. @param {{outcome: string, late: number}} round */
const wasEnded = ({ outcome, late }) => late >= -1 && !/^returned|never settled/.test(outcome);

/** @param {any} checked @param {any} plain */
function pauseOf(checked, plain) {
  if (checked.failed) return { idle: 1, late: 0, stopped: false, usable: false, failed: checked.failed.slice(0, 500) };
  const { idle, late, smoke } = checked;
  return {
    idle: Math.round(idle * 1000) / 1000,
    late: Math.round(late * 10) / 10,
    stopped: idle <= MOST_IDLE,
    usable: smoke === plain.smoke?.[0],
  };
}

/** @param {Verdict} verdict @param {any} plain */
export function faultsOf({ modules, same, ended, handled, paused, known }, plain) {
  /** @type {string[]} */
  const faults = [];
  for (const wrong of modules.wrong) faults.push(`not valid: ${wrong}`);
  if (plain.failed) faults.push(`without wasmsig: ${plain.failed.slice(0, 300)}`);
  else if (!same) faults.push(`another result: ${ended?.failed ?? plain.smoke?.join(' and ').slice(0, 300)}`);
  if (!known.ended && !ended?.in_time)
    faults.push(`not ended in time: ${ended?.outcome} ${ended?.failed ?? ended?.late}`);
  if (!known.usable && !known.ended && ended && ended.usable < ended.late.length)
    faults.push(`not usable after ${ended.usable + 1} ends`);
  if (handled && !(handled.in_time && handled.usable === handled.late.length))
    faults.push(`its handler does not end it: ${handled.outcome} ${handled.late} ${handled.failed ?? ''}`);
  if (!known.paused && !known.ended && !paused?.stopped) faults.push(`not paused: ${paused?.failed ?? paused?.idle}`);
  return faults;
}
