// @ts-check
// The installed library, from a prefix that was moved: by find_package() and by pkg-config. And the source tree inside another project.
// Each builds and runs a C11 program, and a C++20 program without exceptions and RTTI.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setup } from '../../toolchains/setup.mjs';
import { run } from '../support/command.mjs';
import { CLI, ROOT } from '../support/program.js';

const LIMIT = { timeout: 300_000 };
const SECONDS = 120;
const CONSUMER = join(ROOT, 'tests/package/consumer');
const { native, wasi, emscripten, windows, pkgconf } = await setup({
  only: ['native', 'wasi', 'emscripten', 'windows', 'pkgconf'],
  quiet: true,
});
assert.ok(native && wasi && emscripten && windows && pkgconf);
const pkgConfig = pkgconf.program;
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Compiles as the arguments say, with the flags of pkg-config ($0), which quotes spaces for a shell to read again. */
const COMPILE = 'flags=$("$0" --cflags --libs wasmsig); eval "set -- \\"\\$@\\" $flags"; "$@"';

/** @param {string} file */
const node = (file) => [process.execPath, '--no-warnings', CLI, 'run', file];

/**
 * What tests a preset: how CMake is told of the target, and its compilers without CMake.
 * @type {Record<string, {platform: string, cmake: string[], cc: string[], cxx: string[], program: string, start: (file: string) => string[]}>}
 */
const TARGETS = {
  native: {
    platform: process.platform,
    cmake: [],
    cc: [native.cc],
    cxx: [native.cxx],
    program: 'consumer',
    start: (file) => [file],
  },
  'wasm32-wasip1': {
    platform: 'wasi',
    cmake: toolchain('wasm32-wasip1'),
    cc: [wasi.clang],
    cxx: [wasi.clangxx],
    program: 'consumer.wasm',
    start: node,
  },
  'wasm32-emscripten': {
    platform: 'emscripten',
    cmake: toolchain('wasm32-emscripten'),
    cc: [emscripten.emcc, '-sEXIT_RUNTIME'],
    cxx: [emscripten.empp, '-sEXIT_RUNTIME'],
    program: 'consumer.mjs',
    start: node,
  },
  'wasm32-emscripten-pthread': {
    platform: 'emscripten',
    cmake: [...toolchain('wasm32-emscripten'), '-DWASMSIG_PTHREADS=ON'],
    cc: [emscripten.emcc, '-sEXIT_RUNTIME', '-sPROXY_TO_PTHREAD'],
    cxx: [emscripten.empp, '-sEXIT_RUNTIME', '-sPROXY_TO_PTHREAD'],
    program: 'consumer.mjs',
    start: node,
  },
  windows: {
    platform: 'windows',
    cmake: toolchain('windows-mingw'),
    cc: [windows.cc, '-static'],
    cxx: [windows.cxx, '-static'],
    program: 'consumer.exe',
    start: (file) => [windows.run, file],
  },
};

/** @param {string} name */
function toolchain(name) {
  return [`-DCMAKE_TOOLCHAIN_FILE=${join(ROOT, 'toolchains', `${name}.cmake`)}`];
}

const folder = mkdtempSync(join(tmpdir(), 'wasmsig-cmake-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string[]} command @param {{env?: NodeJS.ProcessEnv, cwd?: string}} [options] */
async function succeed(command, options) {
  const outcome = await run(command, { limit: SECONDS, ...options });
  assert.equal(outcome.code, 0, `${command.join(' ')}\n${outcome.stdout}${outcome.stderr}`);
  return outcome.stdout;
}

/**
 * Configures, builds and tests the consumer.
 * @param {string} build @param {string} preset @param {'C' | 'CXX'} language @param {string} option where wasmsig is
 */
async function consume(build, preset, language, option) {
  await succeed([
    'cmake',
    '-G',
    native?.generator ?? '',
    '-S',
    CONSUMER,
    '-B',
    build,
    `-DLANGUAGE=${language}`,
    option,
    ...TARGETS[preset].cmake,
  ]);
  await succeed(['cmake', '--build', build]);
  return succeed(['ctest', '--test-dir', build, '--verbose', '--no-tests=error']);
}

for (const [preset, { platform, cc, cxx, program, start }] of Object.entries(TARGETS)) {
  const expected = {
    C: `${platform} ${version}: caught 15, timer ${preset === 'windows' ? 0 : 14}\n`,
    CXX: `C++ ${platform}: caught 15\n`,
  };
  const prefix = join(folder, preset, 'moved here');

  test(`${preset}: find_package() in a project of C only, and of C++ only`, LIMIT, async () => {
    const installed = join(folder, preset, 'installed');
    // Debug information names the sources: --strip leaves it out of programs.
    await succeed(['cmake', '--install', join(ROOT, 'build', preset), '--prefix', installed, '--strip']);
    renameSync(installed, prefix);
    for (const language of /** @type {const} */ (['C', 'CXX'])) {
      const output = await consume(join(folder, preset, language), preset, language, `-DCMAKE_PREFIX_PATH=${prefix}`);
      assert.equal(output.split(expected[language].trim()).length - 1, preset === 'wasm32-wasip1' ? 2 : 1, output);
      const rewrites = language === 'C' && !preset.startsWith('wasm32');
      assert.equal(output.includes('instrument: larger, then not-wasm'), rewrites, output);
    }
  });

  test(`${preset}: pkg-config`, LIMIT, async () => {
    const env = { ...process.env, PKG_CONFIG_LIBDIR: join(prefix, 'lib/pkgconfig'), PKG_CONFIG_PATH: '' };
    assert.equal(await succeed([pkgConfig, '--modversion', 'wasmsig'], { env }), `${version}\n`);
    for (const [language, compiler, source] of /** @type {const} */ ([
      ['C', [...cc, '-std=c11'], 'consumer.c'],
      ['CXX', [...cxx, '-std=c++20', '-fno-exceptions', '-fno-rtti'], 'consumer.cpp'],
    ])) {
      const file = join(folder, preset, `${language}-${program}`);
      await succeed(['sh', '-euc', COMPILE, pkgConfig, ...compiler, join(CONSUMER, source), '-o', file], { env });
      assert.equal((await succeed(start(file))).replaceAll('\r', ''), expected[language]);
    }
    if (preset.startsWith('wasm32')) return;
    const file = join(folder, preset, `instrument-${program}`);
    const command = COMPILE.replace('wasmsig)', 'wasmsig-instrument)');
    await succeed(['sh', '-euc', command, pkgConfig, ...cc, '-std=c11', join(CONSUMER, 'instrument.c'), '-o', file], {
      env,
    });
    assert.match(await succeed(start(file)), /^instrument: larger, then not-wasm/);
  });

  test(`${preset}: FetchContent`, LIMIT, async () => {
    const output = await consume(join(folder, preset, 'fetched'), preset, 'C', `-DWASMSIG_SOURCE=${ROOT}`);
    assert.ok(output.includes(expected.C.trim()), output);
  });
}

test('a library of another target is refused, and the error says why', LIMIT, async () => {
  for (const [built, wanted, message] of [
    ['wasm32-wasip1', 'wasm32-emscripten', 'this wasmsig was built for wasi, and the project is built for emscripten'],
    ['native', 'wasm32-wasip1', '(64bit)'],
  ]) {
    const { code, stderr } = await run(
      [
        'cmake',
        '-G',
        native.generator,
        '-S',
        CONSUMER,
        '-B',
        join(folder, `${built}-for-${wanted}`),
        '-DLANGUAGE=C',
        `-DCMAKE_PREFIX_PATH=${join(folder, built, 'moved here')}`,
        ...TARGETS[wanted].cmake,
      ],
      { limit: SECONDS },
    );
    assert.equal(code, 1);
    assert.ok(stderr.replace(/\s+/g, ' ').includes(message), stderr);
  }
});

test('nothing of what is installed names the folder that it was built in', LIMIT, async () => {
  for (const preset of Object.keys(TARGETS)) {
    // --strip keeps the debug information of archives.
    const exclude = preset.startsWith('wasm32') ? [] : ['--exclude=*.a'];
    const { code, stdout } = await run(['grep', '-rlF', ...exclude, ROOT, join(folder, preset, 'moved here')], {
      limit: SECONDS,
    });
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
  }
});
