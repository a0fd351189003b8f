// @ts-check
// Generated C++ programs whose signal handlers throw out of computations: the exception lands in the try around the call, with the destructors on its way, as on Linux.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instrumentSync } from '../../../js/instrument/index.js';
import { random } from '../../support/wasm_modules.js';
import { run } from '../../support/command.mjs';
import { ROOT } from '../../support/program.js';

const SECONDS = 120;

/** @typedef {import('./jumps.mjs').Compiler} Compiler */

/** A compiler keeps a handler for calls only that may throw: so all computations may, for all that it knows, and a try has nothing else in it, since native ones keep none for what lies in between. */
const PRELUDE = `#include <signal.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#define NOINLINE __attribute__((noinline))
struct Small { int value; };
struct Large { int value; char more[40]; virtual ~Large() {} };
static volatile int kind, value, by_two, delay;
static volatile unsigned n, b[16];
static void (*volatile never)(void);
static sigjmp_buf env;
struct Noisy {
  const char *name; int id;
  Noisy(const char *a, int i) : name(a), id(i) { }
  ~Noisy() { printf("  ~%s%d\\n", name, id); }
};
static void leave() {
  switch (kind) {
    case 0: throw int(value);
    case 1: throw Small{value};
    case 2: { Large large{}; large.value = value; throw large; }
    default: siglongjmp(env, value);
  }
}
static void on_usr1(int) {
  if (kind == 3) leave(); // a jump past a destructor is undefined
  Noisy local("handler", value);
  leave();
}
static void on_alarm(int) { if (by_two) raise(SIGUSR1); leave(); }
static NOINLINE void arm(int what, int handlers, int with) {
  struct itimerval soon = {{0, 0}, {0, delay}};
  kind = what, by_two = handlers, value = with;
  setitimer(ITIMER_REAL, &soon, 0);
}
static NOINLINE void tick() { n++; if (never) never(); }
static NOINLINE void flat() { for (;;) { n++; if (never) never(); } }
static NOINLINE void nested() { for (unsigned i = 0;; i++) { for (unsigned j = 0; j < i % 512; j++) b[j % 16] += j; if (never) never(); } }
static NOINLINE void calls() { for (;;) tick(); }
static NOINLINE unsigned tree(unsigned depth) { tick(); return depth ? tree(depth - 1) + tree(depth - 1) : ++n; }
static NOINLINE void trees() { while (tree(18)) n++; }
static NOINLINE void clean() { Noisy local("clean", 1); flat(); }
static NOINLINE void passes() { try { flat(); } catch (const char *) { printf("wrong\\n"); } }
static NOINLINE void again() { try { flat(); } catch (...) { printf("  again\\n"); throw; } }
static NOINLINE void changes() { try { nested(); } catch (const Small &s) { throw int(s.value + 10); } }
`;
const ENDLESS = [
  'flat();',
  'nested();',
  'calls();',
  'trees();',
  'clean();',
  'passes();',
  'again();',
  'changes();',
  '{ Noisy inner("inner", k); flat(); }',
];

/** @param {number} seed */
export function throwingProgram(seed) {
  const below = random(seed);
  const pick = (/** @type {string[]} */ list) => list[below(list.length)];
  const functions = 6;
  let source = PRELUDE;
  for (let f = 0; f < functions; ++f) {
    const say = (/** @type {string} */ where, got = '0') =>
      `printf("f${f} ${where} %u %d %d\\n", a, k, (int)(${got}));`;
    const arm = (kinds = 3) => `arm(${below(kinds)}, ${below(2)}, ${1 + below(50)});`;
    const handlers = () =>
      `catch (int i) { ${say('int', 'i')} } catch (const Small &s) { ${say('small', 's.value')} } catch (...) { ${say('other')} }`;
    const inner = `try { Noisy one("one", k); ${arm()} ${pick(ENDLESS)} } ${pick([handlers(), `catch (long) { printf("wrong\\n"); }`, `catch (...) { ${say('rethrows')} throw; }`])}`;
    const stage = pick([
      `try { ${arm()} ${pick(ENDLESS)} } ${handlers()}`,
      `try { Noisy all("all", k); ${inner} } ${handlers()}`,
      `for (int r = 0; r < 3; r++) { try { if (r == 1) throw int(r); ${arm()} ${pick(ENDLESS)} } ${handlers()} }`,
      `try { ${f > 0 ? `Noisy call("call", k); ${arm()} f${below(f)}_lost(a);` : `${arm()} flat();`} } ${handlers()}`,
      `if (int got = sigsetjmp(env, 1)) { ${say('jumped', 'got')} } else { arm(3, ${below(2)}, ${1 + below(50)}); ${pick(['for (;;) n++;', 'flat();', 'calls();', 'for (;;) { for (int i = 0; i < 16; i++) b[i] += i; n++; }'])} }`,
    ]);
    source += `static NOINLINE int f${f}(unsigned a) {\n  int k = (int)(a * 7 + ${below(100)});\n  ${pick(['', 'tick();', 'for (int i = 0; i < 100; i++) n += i;'])}\n  ${stage}\n  ${pick(['', 'tick();', `try { ${arm()} ${pick(ENDLESS)} } ${handlers()}`])}\n  return k;\n}\n`;
    source += `static NOINLINE void f${f}_lost(unsigned a) {\n  int k = (int)a;\n  Noisy lost("lost", k);\n  try { ${pick(ENDLESS)} } catch (const char *) { printf("wrong\\n"); }\n}\n`;
  }
  return `${source}int main(int argc, char **argv) {
  delay = argc > 1 ? atoi(argv[1]) : 1500;
  struct sigaction how = {};
  how.sa_flags = SA_NODEFER;
  how.sa_handler = on_alarm;
  sigaction(SIGALRM, &how, 0);
  how.sa_handler = on_usr1;
  sigaction(SIGUSR1, &how, 0);
${Array.from({ length: functions }, (_, f) => `  (void)f${f}_lost;\n  printf("= %d\\n", f${f}(${1 + below(50)}));`).join('\n')}
  return 0;
}
`;
}

/**
 * @param {Record<string, Compiler>} compilers
 * @param {string} folder
 * @param {number} seed
 * @param {number} programs
 * @param {{levels?: string[], delays?: string[]}} [options]
 */
export async function compareThrows(
  compilers,
  folder,
  seed,
  programs,
  { levels = ['-O0', '-O2'], delays = ['1', '1500'] } = {},
) {
  /** @type {string[]} */
  const failures = [];
  let comparisons = 0;
  for (let i = 0; i < programs; ++i) {
    const source = join(folder, 'throws.cpp');
    writeFileSync(source, throwingProgram(seed + i));
    const native = join(folder, 'throws.native');
    execFileSync('g++', ['-O0', '-fnon-call-exceptions', source, '-o', native]);
    const expected = await run([native], { limit: SECONDS });
    if (expected.code !== 0 || expected.stdout === '')
      failures.push(
        `throws ${seed + i}: Linux says ${expected.signal ?? expected.code} ${expected.stdout}${expected.stderr}`,
      );
    for (const [target, { cc, link, extension, translate, node = [process.execPath] }] of Object.entries(compilers)) {
      for (const level of levels) {
        const program = join(folder, `throws.${extension}`);
        execFileSync(cc[0], [...cc.slice(1), level, source, ...link, '-o', program]);
        const wasm = program.replace(/\.mjs$/, '.wasm');
        if (translate) execFileSync(translate[0], [...translate.slice(1), wasm, '-o', wasm]);
        writeFileSync(wasm, instrumentSync(readFileSync(wasm), { memory: 'keep', validate: !translate }).bytes);
        for (const delay of delays) {
          comparisons++;
          const after = await run([...node, '--no-warnings', join(ROOT, 'js/cli/main.js'), 'run', program, delay], {
            limit: SECONDS,
          });
          if (after.stdout !== expected.stdout || after.code !== 0)
            failures.push(
              `throws ${seed + i} (${target} ${level} ${delay} us): says ${after.stdout}${after.stderr} (${after.signal ?? after.code}) instead of ${expected.stdout}`,
            );
        }
      }
    }
  }
  return { comparisons, failures };
}
