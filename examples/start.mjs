#!/usr/bin/env node
// @ts-check
// npm start: unmodified Lua, compiled to WebAssembly, with real signals. On a terminal its prompt; otherwise a session that checks itself.
// It sets up and builds what is missing first. Nothing of npm is imported here: it may not be installed.

import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from './start/prepare.mjs';
import { session } from './start/session.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const HELP = `Usage: npm start

On a terminal: the prompt of Lua in WebAssembly. Otherwise: a session that shows and checks what signals do. Builds what is missing first.`;

/** @param {import('./start/prepare.mjs').Programs} programs */
function prompt({ cli, lua }) {
  console.log('Lua in WebAssembly, with real signals. Try:  while true do end  then Enter, then ^C. (^D ends it.)');
  // The terminal sends ^C to every process of this job; it is meant for Lua.
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => {});
  const child = spawn(process.execPath, [cli, 'run', '--instrument', lua], { stdio: 'inherit' });
  return new Promise((/** @type {(code: number) => void} */ resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (signal) console.log(`\nLua was killed by ${signal}, as a native program is.`);
      resolve(signal === 'SIGINT' ? 0 : (code ?? 1));
    });
  });
}

/** @param {string[]} args */
async function main(args) {
  if (args.includes('--help') || args.includes('-h')) return (console.log(HELP), 0);
  if (args.length) return (console.error(`start: unexpected argument: ${args[0]} (see --help)`), 2);
  const programs = await prepare(ROOT);
  if (!programs) return 1;
  return process.stdin.isTTY && process.stdout.isTTY ? prompt(programs) : (await session(programs)) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
