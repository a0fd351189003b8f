// @ts-check
/** wasmsig doctor */

import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { features } from '../engine/features.js';
import { readArguments, say, version } from './usage.js';

const HELP = `Usage: wasmsig doctor [--json]

What this machine can do for wasm programs with signals, and what is missing. Exit status 1 if programs cannot be run.

  --json                    as JSON
  --help, --version`;

/** @typedef {{name: string, ok: boolean, needed: boolean, found: string, advice?: string}} Finding */

/** @param {string[]} args */
export async function main(args) {
  const given = readArguments('doctor', HELP, args, {
    json: { type: 'boolean' },
  });
  if (!given) return 0;
  const { values } = given;
  const findings = [...engine(), ...toolchains()];
  const ok = findings.every((finding) => finding.ok || !finding.needed);
  if (values.json) say(JSON.stringify({ version: version(), ok, findings }, null, 2));
  else
    say(
      findings.map(line).join('\n') +
        (ok ? '\nPrograms with signals can be run here.' : '\nPrograms with signals cannot be run here.'),
    );
  return ok ? 0 : 1;
}

/** @param {Finding} finding */
function line({ name, ok, needed, found, advice }) {
  return `${ok ? 'yes' : needed ? 'NO ' : 'no '}  ${name}${found ? `: ${found}` : ''}${ok || !advice ? '' : `\n       ${advice}`}`;
}

/** @returns {Finding[]} */
function engine() {
  const can = features();
  const major = Number(process.versions.node.split('.')[0]);
  return [
    {
      name: 'Node 20 or later',
      ok: major >= 20,
      needed: true,
      found: process.version,
      advice: 'install Node 20 or later',
    },
    {
      name: 'SharedArrayBuffer',
      ok: can.sharedMemory,
      needed: true,
      found: '',
      advice: 'start Node without --no-harmony-sharedarraybuffer',
    },
    { name: 'Atomics.wait', ok: can.mayBlock, needed: true, found: '' },
    { name: 'shared wasm memory', ok: can.threads, needed: true, found: '' },
    { name: 'Atomics.waitAsync (idle Emscripten programs)', ok: can.waitAsync, needed: false, found: '' },
    { name: 'wasm exceptions', ok: can.exceptions, needed: false, found: '' },
    {
      name: 'several memories in a module',
      ok: can.multiMemory,
      needed: false,
      found: '',
      advice: 'Node 22 or later has them; nothing here needs them',
    },
    {
      name: 'stack switching (JSPI)',
      ok: can.stackSwitching,
      needed: false,
      found: '',
      advice: 'Node 24 or later; only programs without a worker need it',
    },
  ];
}

/** @returns {Finding[]} */
function toolchains() {
  const made = madeSdks();
  const wasi = firstOf([process.env.WASI_SDK_PATH && join(process.env.WASI_SDK_PATH, 'bin/clang'), made('wasi')]);
  const emcc = firstOf([
    process.env.EMSDK && join(process.env.EMSDK, 'upstream/emscripten/emcc'),
    ...onPath('emcc'),
    made('emscripten'),
  ]);
  return [
    {
      name: 'compiler for WASI',
      ok: wasi !== undefined,
      needed: false,
      found: wasi ?? '',
      advice:
        'to build programs: set WASI_SDK_PATH to a wasi-sdk, or run node toolchains/setup.mjs in a source checkout',
    },
    {
      name: 'Emscripten',
      ok: emcc !== undefined,
      needed: false,
      found: emcc ?? '',
      advice: 'to build programs: put emcc on PATH or set EMSDK, or run node toolchains/setup.mjs in a source checkout',
    },
  ];
}

/** @param {(string | undefined | '')[]} paths */
function firstOf(paths) {
  return /** @type {string | undefined} */ (paths.find((path) => path && existsSync(path)));
}

/** @param {string} program */
function onPath(program) {
  return (process.env.PATH ?? '')
    .split(':')
    .filter(Boolean)
    .map((directory) => join(directory, program));
}

/** The SDKs that toolchains/setup.mjs of a source checkout installed; finds its cache folder as that script does. */
function madeSdks() {
  const root = join(
    process.env.WASMSIG_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wasmsig'),
    'sdk',
  );
  /** @type {string[]} */
  let names = [];
  try {
    names = readdirSync(root);
  } catch {
    // none was installed
  }
  return (/** @type {string} */ kind) => {
    const name = names.find((one) => one.startsWith(`${kind}-`));
    return name && join(root, name);
  };
}
