// @ts-check
// The rules of this repository that a reader would otherwise have to remember.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { mutants } from '../judges/mutants/mutants.mjs';
import { ROOT } from '../support/program.js';
import { nodeSuites } from '../support/targets.mjs';
import { elsewhere, long, testedBy, twice } from './exceptions.js';

const LIMIT = { timeout: 180_000 };

/** @param {string} program @param {string[]} args */
function run(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: 170_000,
    maxBuffer: 1 << 26,
  });
  if (error) throw error;
  return { status, output: stdout + stderr, stdout };
}

/** What is tracked, or would be: files that git does not ignore. @param {string[]} folders */
function files(...folders) {
  const { status, stdout, output } = run('git', [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    ...folders,
  ]);
  assert.equal(status, 0, output);
  return stdout.split('\0').filter((file) => file && existsSync(join(ROOT, file)));
}

/** @param {string} file */
const text = (file) => readFileSync(join(ROOT, file), 'utf8');

/**
 * @param {string[]} names
 * @param {RegExp} pattern
 * @returns {string[]} "file:line: text"
 */
function find(names, pattern) {
  return names.flatMap((file) =>
    text(file)
      .split('\n')
      .flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
  );
}

test('each deliberate defect still fits its file', LIMIT, () => {
  const misfits = mutants.filter(({ file, edits }) => edits.some(([search]) => text(file).split(search).length !== 2));
  assert.deepEqual(
    misfits.map(({ name, file }) => `${name}: ${file}`),
    [],
  );
});

test('src does not know on which platform it runs', LIMIT, () => {
  const sources = files('src').filter((file) => !file.startsWith('src/include/posix/'));
  assert.ok(sources.length > 20);
  assert.deepEqual(find(sources, /__EMSCRIPTEN__|__wasi__|_WIN32|emscripten\.h|windows\.h/), []);
});

test('hosts are small: everything that is not the host is elsewhere', LIMIT, () => {
  const hosts = files('platform').filter(
    (file) => /_host\.cpp$/.test(basename(file)) && !file.startsWith('platform/fake/'),
  );
  assert.ok(hosts.length >= 3, hosts.join());
  for (const file of hosts) assert.ok(text(file).split('\n').length <= 300, `${file} has more than 300 lines`);
});

test('no file names a folder of the machine that it was written on', LIMIT, () => {
  const pattern = /(^|[^\w.$}~-])\/(work|root|home\/\w+)\//;
  assert.deepEqual(
    find(
      files('.').filter((file) => !/\.(png|wasm|tgz)$/.test(file)),
      pattern,
    ),
    [],
  );
});

test('package-lock.json names no registry', LIMIT, () => {
  const locks = files('.').filter((file) => basename(file) === 'package-lock.json');
  assert.ok(locks.length > 1);
  assert.deepEqual(find(locks, /"resolved"/), []);
});

/** The files that a file imports by a relative path, and what those import. @param {string} file @param {Set<string>} [seen] */
function imported(file, seen = new Set()) {
  for (const [, name] of existsSync(join(ROOT, file))
    ? text(file).matchAll(/^(?:import|export)\b[^'"\n]*['"](\.[^'"]+)['"]/gm)
    : []) {
    const found = relative(ROOT, join(ROOT, dirname(file), name));
    if (!seen.has(found)) imported(found, seen.add(found));
  }
  return seen;
}

// Such a file may run before the build has made the other, and then passes only where an old build left it.
test('a test that waits for no build imports nothing that a build makes', LIMIT, () => {
  const made = ['js/signal_module/signal_wasm.js', 'js/instrument/rewriter_wasm.js'];
  assert.ok(imported('tests/js/signal_module/signal_module.test.js').has(made[0]));
  assert.ok(imported('tests/js/instrument/placement.test.js').has(made[1]));
  for (const { folder, pattern } of nodeSuites.filter(({ needs }) => !needs)) {
    for (const file of files(folder).filter((name) => pattern.test(relative(folder, name))))
      assert.ok(
        made.every((name) => !imported(file).has(name)),
        file,
      );
  }
});

test('wasmsig instrument and wasmsig-instrument have the same options', LIMIT, () => {
  const help = (/** @type {string} */ file) =>
    /Usage: wasmsig.instrument (IN[^]*?--version)/.exec(text(file))?.[1] ?? file;
  assert.equal(help('js/cli/instrument.js'), help('src/instrument/command/arguments.cpp'));
});

test('generated files are what their sources say', LIMIT, () => {
  const { status, output } = run(process.execPath, ['scripts/generate.mjs', '--check']);
  assert.equal(status, 0, output);
});

test('each macro of <signal.h> is compared with that of the C library', LIMIT, () => {
  /** Calls, and what the C libraries do not have or have another value for. */
  const own = ['WASMSIG_POSIX_SIGNAL', 'SIGRTMIN', 'SIGRTMAX', 'SIGCLD', 'SIG_HOLD', 'SIG2STR_MAX', 'sigmask'];
  const compared = text('tests/posix/signal_header.c') + text('src/signals.def');
  const names = [...text('src/include/posix/signal.h').matchAll(/^#define ([a-zA-Z]\w*)/gm)].map(([, name]) => name);
  assert.ok(names.length > 100);
  assert.deepEqual(
    names.filter((name) => !own.includes(name) && !new RegExp(`\\b${name}\\b`).test(compared)),
    [],
  );
});

test('JavaScript has the types that it says', LIMIT, () => {
  for (const project of ['tsconfig.json', 'examples/demo/tsconfig.json']) {
    const { status, output } = run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project]);
    assert.equal(status, 0, output);
  }
});

test('the rooms of js/ import only what is below them', LIMIT, () => {
  // ARCHITECTURE.md says so in words. Types in comments are no imports.
  const guest = ['abi', 'signals', 'engine', 'link', 'guest'];
  const all = [...guest, 'owner', 'instrument'];
  /** @type {Record<string, string[]>} */
  const below = {
    abi: [],
    signals: ['abi'],
    engine: [],
    link: ['abi', 'signals', 'engine'],
    guest,
    owner: ['abi', 'signals', 'engine', 'link'],
    instrument: ['engine'],
    register: ['abi', 'engine', 'instrument', 'guard', 'node', 'browser'],
    guard: ['abi', 'signals', 'engine', 'link', 'instrument'],
    terminal: ['engine'],
    signal_module: ['abi', 'signals', 'engine', 'link', 'node'],
    '.': all,
    node: [...all, '.'],
    browser: [...all, '.'],
    cli: [...all, '.', 'node'],
  };
  const room = (/** @type {string} */ file) => relative('js', file).split('/').slice(0, -1)[0] ?? '.';
  const wrong = files('js')
    .filter((file) => /\.js$/.test(file))
    .flatMap((file) => {
      const imports = text(file).matchAll(
        /^(?:import|export)\b[^;]*?from '(\.[^']+)';|^[^*]*\bimport\('(\.[^']+)'\)/gm,
      );
      return [...imports]
        .map(([, name, later]) => relative(ROOT, join(ROOT, dirname(file), name ?? later)))
        .filter((name) => room(name) !== room(file) && !below[room(file)].includes(room(name)))
        .map((name) => `${file}: ${name}`);
    });
  assert.deepEqual(wrong, []);
});

test('each file of js/ has its test at the same path of tests/, or an exception says which test it has', LIMIT, () => {
  const own = (/** @type {string} */ file) => `tests/${file.replace(/\.js$/, '.test.js')}`;
  const exception = (/** @type {string} */ file) => testedBy[file] ?? testedBy[`${dirname(file)}/`];
  const sources = files('js').filter((file) => file.endsWith('.js'));
  assert.deepEqual(
    sources.filter((file) => !existsSync(join(ROOT, own(file))) && !exception(file)),
    [],
  );
  assert.deepEqual(
    Object.values(testedBy).filter((file) => !existsSync(join(ROOT, file))),
    [],
  );
  assert.deepEqual(
    Object.keys(testedBy).filter((file) => !sources.some((one) => one === file || `${dirname(one)}/` === file)),
    [],
    'exceptions of what is not there',
  );
  assert.deepEqual(
    Object.keys(testedBy).filter((file) => file.endsWith('.js') && existsSync(join(ROOT, own(file)))),
    [],
    'exceptions that are not needed',
  );
});

test('a file that several folders of tests use stands in tests/support, tests/guests or tests/judges', LIMIT, () => {
  const shared = ['tests/support', 'tests/guests', 'tests/judges'];
  const wrong = files('tests', 'bench', 'examples', 'scripts')
    .filter((file) => /\.m?js$/.test(file))
    .flatMap((file) =>
      [...text(file).matchAll(/(?:\bfrom|\bimport\(|\bnew URL\()\s*['"](\.[^'"]+\.m?js)['"]/g)]
        .map(([, name]) => join(dirname(file), name))
        .filter((name) => name.startsWith('tests/') && dirname(name) !== dirname(file))
        .filter((name) => !shared.some((folder) => name.startsWith(`${folder}/`)))
        .map((name) => `${file}: ${name}`),
    );
  assert.deepEqual(wrong, []);
});

test('a source of more than 300 lines has a reason', LIMIT, () => {
  const tooLong = files('js', 'src', 'platform', 'scripts', 'toolchains', 'examples').filter(
    (file) => /\.(js|mjs|cpp|hpp|h|c)$/.test(file) && text(file).split('\n').length > 301,
  );
  assert.deepEqual(tooLong.sort(), Object.keys(long));
});

test('a file of js/, src/ or platform/ can be named without its folder', LIMIT, () => {
  /** @type {Map<string, Set<string>>} */
  const places = new Map();
  for (const file of files('js', 'src', 'platform').filter((name) => /\.(js|cpp|hpp)$/.test(name))) {
    const stem = basename(file).replace(/\..*$/, '');
    if (stem === 'index') continue;
    const place = dirname(file).replace(/^js\/(node|browser)$/, 'js/node and js/browser');
    places.set(stem, (places.get(stem) ?? new Set()).add(place));
  }
  const found = [...places]
    .filter(([, folders]) => folders.size > 1)
    .map(([stem, folders]) => `${stem}: ${[...folders].join(', ')}`);
  assert.deepEqual(
    found.filter((one) => !(one.split(':')[0] in twice)),
    [],
  );
});

test('comments and pages use the words of docs/glossary.md', LIMIT, () => {
  /** Words that stood here for terms, and what is said now. */
  const words = {
    anew: 'again',
    hither: 'backwards',
    onwards: 'forwards',
    'puts? off': 'defer',
    'unrolled strip': 'unrolled loop',
    'on its way here': 'in flight',
  };
  const pages = files(
    'js',
    'src',
    'platform',
    'docs',
    'scripts',
    'tests',
    'toolchains',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'README.md',
    'SECURITY.md',
  );
  const own = pages.filter(
    (file) => /\.(js|mjs|cpp|hpp|h|md|pml)$/.test(file) && !/^docs\/reference\/|^tests\/house\/rules/.test(file),
  );
  for (const [word, instead] of Object.entries(words)) {
    assert.deepEqual(find(own, new RegExp(`\\b${word}\\b`, 'i')), [], `${instead} is meant`);
  }
});

test('each question of docs/rationale.md is asked by the code that it explains, and no other', LIMIT, () => {
  const answered = [...text('docs/rationale.md').matchAll(/^### (.*)$/gm)].map(([, question]) => anchor(question));
  assert.ok(answered.length > 30);
  const asked = new Set(
    files('src', 'platform', 'js', 'scripts', 'tests', 'examples').flatMap((file) =>
      [...text(file).matchAll(/\bdocs\/rationale\.md#([\w-]+)/g)].map(([, question]) => question),
    ),
  );
  assert.deepEqual([...asked].sort(), answered.sort());
});

/** What a heading is called in a link. @param {string} heading */
function anchor(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}

test('a path that a comment or a page names exists', LIMIT, () => {
  const path =
    /(?<![\w./$@{}:<>*-])((?:js|src|platform|tests|toolchains|bench|docs|scripts|examples|cmake)\/[\w./-]*\.(?:[cm]?js|[ch]pp|[ch]|md|def|pml|ts|json|txt|html))(?![\w-])/g;
  const all = files('.').filter(
    (file) =>
      /\.(js|mjs|cpp|hpp|h|c|md|txt|pml)$/.test(file) &&
      !/^docs\/reference\/|^CHANGELOG|^tests\/house\/exceptions/.test(file),
  );
  const missing = all.flatMap((file) =>
    text(file)
      .split('\n')
      .flatMap((line, at) =>
        [...line.matchAll(path)]
          .map(([, name]) => name)
          .filter((name) => !existsSync(join(ROOT, name)) && !elsewhere.some((one) => one.test(name)))
          .map((name) => `${file}:${at + 1}: ${name}`),
      ),
  );
  assert.deepEqual(missing, []);
});
