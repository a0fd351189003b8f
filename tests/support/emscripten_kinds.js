// @ts-check
/** What emcc makes of one C file, by its options: programs and libraries without wasmsig's library, each of another kind. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../toolchains/lib/cache.mjs';
import { ROOT } from './program.js';
import { locate } from '../../toolchains/sdk/emscripten.mjs';

const found = locate(/** @type {any} */ ({ cache: cacheFolder(), env: process.env }));
export const skip = found ? false : 'no Emscripten: run toolchains/setup.mjs --only emscripten, or set EMSDK';

const SOURCE = `#include <stdio.h>
#include <string.h>
#ifdef LINKED
#include <signal.h>
#endif
#include <emscripten.h>
EMSCRIPTEN_KEEPALIVE int add(int a, int b) { return a + b; }
#ifndef LIBRARY
int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "spin")) for (volatile int i = 0;; i++) if (i == 0) fputs("READY\\n", stderr);
#ifdef LINKED
  signal(SIGUSR1, SIG_IGN);
#endif
  puts("hello");
  return 3;
}
#endif
`;
const FACTORY = ['-sMODULARIZE', '-sEXPORT_ES6', '-sENVIRONMENT=node,web,worker'];
/** On a page only a program that was linked so ends with main. */
const ENDS = '-sEXIT_RUNTIME';
const LIBRARY = ['-DLIBRARY', '--no-entry'];

/** @type {Record<string, string[]>} */
const KINDS = {
  'program.mjs': [...FACTORY, ENDS],
  'short.mjs': [...FACTORY, ENDS, '-O3'],
  'library.mjs': [...FACTORY, ...LIBRARY],
  'short_library.mjs': [...FACTORY, ...LIBRARY, '-O3'],
  'single.mjs': [...FACTORY, ENDS, '-sSINGLE_FILE'],
  'standalone.mjs': [...FACTORY, '-sSTANDALONE_WASM'],
  'standalone.wasm': ['-sSTANDALONE_WASM'],
  'standalone_library.wasm': ['-sSTANDALONE_WASM', ...LIBRARY],
  'common.cjs': ['-sMODULARIZE'],
  'script.cjs': [],
  // With the library, but without the options that keep its names.
  'shortened.mjs': [
    ...FACTORY,
    '-O3',
    '-DLINKED',
    `-I${join(ROOT, 'src/include/posix')}`,
    `-I${join(ROOT, 'src/include')}`,
    '-Wl,-u,wasmsig_block',
    `--js-library=${join(ROOT, 'platform/emscripten/library_wasmsig.js')}`,
    join(ROOT, 'build/wasm32-emscripten/libwasmsig.a'),
  ],
  'side.wasm': ['-sSIDE_MODULE', ...LIBRARY],
};

/**
 * Builds them into a folder.
 * @param {string} folder
 * @param {string[]} [names]
 */
export function buildKinds(folder, names = Object.keys(KINDS)) {
  if (!found) throw new Error(String(skip));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kinds.c'), SOURCE);
  for (const name of names) {
    const args = ['kinds.c', '-o', name, ...KINDS[name]];
    const { status, stderr, error } = spawnSync(found.emcc, args, { cwd: folder, encoding: 'utf8', timeout: 120_000 });
    if (error) throw error;
    if (status !== 0) throw new Error(`emcc ${args.join(' ')}: ${stderr}`);
  }
}
