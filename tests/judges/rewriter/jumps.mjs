// @ts-check
// Generated C programs whose signal handlers jump out of computations, with setjmp in every place: they print the same as on Linux.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instrumentWith } from '../../../js/instrument/pipeline.js';
import { run } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';
import { random } from '../../support/wasm_modules.js';

const SECONDS = 120;
/** Of the timers, in microseconds. */
const DELAYS = ['1', '20', '150', '1500'];
export const LEVELS = ['-O0', '-O1', '-O2', '-Os'];

const HEADERS = [`-I${ROOT}/src/include`, '-isystem', `${ROOT}/src/include/posix`];
const library = (/** @type {string} */ target) => join(ROOT, 'build', target, 'libwasmsig.a');

/** @typedef {{cc: string[], link: string[], extension: string, translate?: string[], node?: string[]}} Compiler `link`: flags behind the source; `translate`: a command that the program goes through; `node`: that runs it */
/** @typedef {{wasi: Compiler, emscripten: Compiler, older: Compiler, newer?: Compiler}} Compilers */

/** What all programs have: an arm() after which the handler jumps, so many microseconds later as the program's argument says, somewhere on the way into a computation or in it. */
const PRELUDE = `#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#define NOINLINE __attribute__((noinline))
static sigjmp_buf saving[8];
static jmp_buf plain[8];
static volatile int which, is_plain, by_two, value, never, delay;
static volatile unsigned n, b[16];
static char much[2][1 << 20];
static void jump(int signo) {
  (void)signo;
  if (is_plain) longjmp(plain[which], value);
  siglongjmp(saving[which], value);
}
static void bell(int signo) {
  if (by_two) raise(SIGUSR1);
  jump(signo);
}
static NOINLINE void arm(int at, int kind, int handlers, int with) {
  struct itimerval soon = {{0, 0}, {0, delay}};
  which = at, is_plain = kind, by_two = handlers, value = with;
  setitimer(ITIMER_REAL, &soon, 0);
}
static NOINLINE void tick(void) { n++; }
static NOINLINE unsigned spin(unsigned x) { for (;;) n += x; return n; }
static inline unsigned spin_here(unsigned x) { do { n ^= x; x = x * 5 + 1; } while (x != 0 || !never); return n; }
static NOINLINE unsigned tree(unsigned depth) { return depth ? tree(depth - 1) + tree(depth - 1) : ++n; }
`;

/** Computations that end only by a jump; a, k and e are there. */
const ENDLESS = [
  'for (;;) n++;',
  'for (;;) { for (int i = 0; i < 16; i++) b[i] += i; n++; }',
  'for (unsigned i = 0;; i++) for (unsigned j = 0; j < i; j++) n += j;',
  '{ unsigned x = a, y = k, z = 1, w = 7; for (;;) { x = x * 3 + y; y ^= x >> 3; z += y * w; w -= z; n = w; } }',
  '{ unsigned x = k; while (!never) { x = x * 69069 + 1; if (x & 64) n += x; else b[x % 16]++; } }',
  'for (;;) { if (never) printf("never %d\\n", k); n++; }',
  'for (;;) tick();',
  'for (;;) { tick(); for (int i = 0; i < 1000; i++) n += i; }',
  'spin(a);',
  'spin_here(k);',
  'while (tree(20)) n++;',
  'for (;;) memcpy(much[0], much[1], sizeof much[0]);',
  'for (;;) { memset(much[0], (int)n, sizeof much[0]); n++; }',
  '{ unsigned long long u = k; double d = a; for (;;) { u = u * 3 + 1; d = d * 0.5 + (double)u; n = (unsigned)u; if (d < 0) break; } }',
];

/**
 * @param {number} seed
 * @returns {string}
 */
export function jumpingProgram(seed) {
  const below = random(seed);
  const pick = (/** @type {string[]} */ list) => list[below(list.length)];
  let source = PRELUDE;
  const functions = 5;
  for (let f = 0; f < functions; ++f) {
    const isPlain = below(2);
    const env = `${isPlain ? 'plain' : 'saving'}[${f}]`;
    const set = isPlain ? `setjmp(${env})` : `sigsetjmp(${env}, 1)`;
    const arm = () => `arm(${f}, ${isPlain}, ${below(2)}, ${1 + below(3)});`;
    const say = (/** @type {string} */ where) => `printf("f${f} ${where} %u %d %d %g\\n", a, k, v, d);`;
    // What runs until the jump: here, or in a function that was defined before and has a setjmp of its own.
    const work = () => (f > 0 && below(3) === 0 ? `f${below(f)}_lost(a + 1);` : pick(ENDLESS));
    const stage = pick([
      `if (${set}) { ${say('A')} } else { v = 1; ${arm()} ${work()} }`,
      `if (!${set}) { v = 2; ${arm()} ${work()} } ${say('B')}`,
      `switch (${set}) { case 0: v = 3; ${arm()} ${work()} break; case 2: ${say('C2')} break; default: ${say('C')} }`,
      `(void)${set}; v = v + 1; if (v < 4) { ${arm()} ${work()} } ${say('D')}`,
      `if (${set} == 0) { for (int i = 0; i < 3; i++) { v = v + 1; tick(); } ${arm()} ${work()} } else if (v > 2) { ${say('E')} }`,
      ...(f > 0 ? [`if (${set}) { ${say('N')} } else { v = f${below(f)}(a + 2) & 7; ${arm()} ${work()} }`] : []),
      `for (volatile int r = 0; r < 3; r++) { if (${set}) { ${say('F')} continue; } v = r; ${arm()} ${work()} }`,
      `if (${set}) { ${say('G')} if (v < 3) { v = v + 1; ${arm()} ${work()} } ${say('H')} } else { v = 1; ${arm()} ${work()} }`,
    ]);
    const before = pick([
      '',
      'tick();',
      'for (int i = 0; i < 100; i++) n += i;',
      'printf("f' + f + ' begins\\n");',
      '{ unsigned s = 0; for (unsigned i = 0; i < a + 50; i++) s += i * a; n = s; }',
    ]);
    const after = pick(['', `if (${set}) { ${say('X')} } else { ${arm()} ${pick(ENDLESS)} }`, 'tick();']);
    source += `static NOINLINE int f${f}(unsigned a) {\n  int k = (int)(a * 7 + ${below(100)});\n  double d = a * 0.25;\n  volatile int v = 0;\n  ${before}\n  ${stage}\n  ${after}\n  return k + v;\n}\n`;
    // Has a setjmp that is not jumped to: the jump goes past it.
    source += `static NOINLINE void f${f}_lost(unsigned a) {\n  int k = (int)a * 3;\n  if (${set}) { printf("wrong\\n"); return; }\n  ${pick(ENDLESS)}\n}\n`;
  }
  const calls = Array.from({ length: functions }, (_, f) => `  printf("= %d\\n", f${f}(${1 + below(50)}));`).join('\n');
  const unused = Array.from({ length: functions }, (_, f) => `  (void)f${f}_lost;`).join('\n');
  return `${source}int main(int argc, char **argv) {
  delay = argc > 1 ? atoi(argv[1]) : 1500;
  struct sigaction how = {0};
  how.sa_handler = bell;
  how.sa_flags = SA_NODEFER;
  sigaction(SIGALRM, &how, 0);
  how.sa_handler = jump;
  sigaction(SIGUSR1, &how, 0);
${unused}
${calls}
  return 0;
}
`;
}

/**
 * @param {Record<string, Compiler>} compilers by target
 * @param {string} folder
 * @param {number} seed
 * @param {number} programs
 * @param {{levels?: string[], delays?: string[], lands?: boolean}} [options] `lands`: false leaves the jumps to where the compiler's code takes them
 */
export async function compareJumps(
  compilers,
  folder,
  seed,
  programs,
  { levels = LEVELS, delays = DELAYS, lands = true } = {},
) {
  const failures = [];
  let comparisons = 0;
  for (let i = 0; i < programs; ++i) {
    const name = `jumps ${seed + i}`;
    const source = join(folder, 'jumps.c');
    writeFileSync(source, jumpingProgram(seed + i));
    const native = join(folder, 'jumps.native');
    execFileSync('cc', ['-O0', source, '-o', native]); // optimised, native compilers too lose what no call would need
    const expected = await run([native], { limit: SECONDS });
    if (expected.code !== 0 || expected.stdout === '')
      failures.push(`${name}: Linux says ${expected.signal ?? expected.code}`);
    for (const [target, { cc, link, extension, translate, node = [process.execPath] }] of Object.entries(compilers)) {
      for (const level of levels) {
        const program = join(folder, `jumps.${extension}`);
        execFileSync(cc[0], [...cc.slice(1), level, source, ...link, '-o', program]);
        const wasm = program.replace(/\.mjs$/, '.wasm');
        if (translate) execFileSync(translate[0], [...translate.slice(1), wasm, '-o', wasm]);
        const { bytes, report } = instrumentWith(
          readFileSync(wasm),
          { memory: extension === 'mjs' ? 'keep' : 'shared', validate: !translate },
          { lands },
        );
        writeFileSync(wasm, bytes);
        for (const delay of delays) {
          comparisons++;
          const after = await run([...node, '--no-warnings', join(ROOT, 'js/cli/main.js'), 'run', program, delay], {
            limit: SECONDS,
          });
          if (after.stdout !== expected.stdout || after.code !== 0)
            failures.push(
              `${name} (${target} ${level} ${delay} us): says ${after.stdout}${after.stderr} (${after.signal ?? after.code}) instead of ${expected.stdout}`,
            );
        }
        for (const warning of report.warnings)
          if (warning.includes('longjmp')) failures.push(`${name} (${target} ${level}): ${warning}`);
      }
    }
  }
  return { programs, comparisons, failures };
}

/** @param {string} emcc @returns {Compiler} */
function emscriptenCompiler(emcc) {
  return {
    cc: [emcc, ...HEADERS],
    link: [
      '-sEXIT_RUNTIME',
      '-sENVIRONMENT=node,web,worker',
      '-sMODULARIZE',
      '-sEXPORT_ES6',
      '-Wl,-u,wasmsig_block',
      `--js-library=${ROOT}/platform/emscripten/library_wasmsig.js`,
      '-lexports.js',
      library('wasm32-emscripten'),
    ],
    extension: 'mjs',
  };
}

/** Compilers of C++ whose exceptions are those of wasm, in both encodings, or of JavaScript, as `-fexceptions` makes them. @param {{emcc: string, wasmOpt: string[], newer?: string}} tools as below */
export function throwCompilers({ emcc, wasmOpt, newer }) {
  const older = emscriptenCompiler(emcc);
  const also = (/** @type {string} */ flag) => ({ ...older, cc: [...older.cc, flag], link: [...older.link, flag] });
  const wasm = also('-fwasm-exceptions');
  return {
    wasm,
    older: also('-fexceptions'),
    ...(newer ? { newer: { ...wasm, ...newerEncoding(wasmOpt, newer) } } : {}),
  };
}

/** @param {string[]} wasmOpt @param {string} node 24 */
const newerEncoding = (wasmOpt, node) => ({
  translate: [...wasmOpt, '-all', '--translate-to-exnref'],
  node: [node, '--experimental-wasm-exnref'],
});

/**
 * The compilers, one for each lowering of setjmp: by wasm's exceptions, by their newer encoding, which is Binaryen's translation, in an engine that has it (`newer`), and Emscripten's default by JavaScript (`older`).
 *
 * @param {{clang: string, emcc: string, wasmOpt: string[], newer?: string}} tools `newer`: Node 24
 * @returns {Compilers}
 */
export function jumpCompilers({ clang, emcc, wasmOpt, newer }) {
  const wasi = {
    cc: [clang, ...HEADERS, '-mllvm', '-wasm-enable-sjlj'],
    link: ['-lsetjmp', '-Wl,-u,wasmsig_block', library('wasm32-wasip1')],
    extension: 'wasm',
  };
  const emscripten = emscriptenCompiler(emcc);
  return {
    wasi,
    ...(newer ? { newer: { ...wasi, ...newerEncoding(wasmOpt, newer) } } : {}),
    emscripten: { ...emscripten, cc: [...emscripten.cc, '-sSUPPORT_LONGJMP=wasm'] },
    older: emscripten,
  };
}
