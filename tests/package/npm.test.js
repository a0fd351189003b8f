// @ts-check
// The npm package as others get it: packed, installed in an empty folder, and used from there.
//
// Why: docs/rationale.md#why-do-the-documents-link-only-to-files-of-the-package
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, posix } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { publint } from 'publint';
import * as vite from 'vite';
import webpack from 'webpack';
import { setup } from '../../toolchains/setup.mjs';
import { launch, skip } from '../support/chromium.js';
import { serve } from '../support/page_server.js';
import { run } from '../support/command.mjs';
import { blocks } from '../support/guide.js';
import { ROOT, guest } from '../support/program.js';

const LIMIT = { timeout: 400_000 };
const SECONDS = 390;
const APP = join(ROOT, 'tests/package/app');
const CONSUMER = join(ROOT, 'tests/package/consumer/consumer.c');

const { name, version, exports, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** What can be imported of the package. @type {string[]} */
const entries = Object.keys(exports)
  .map((path) => name + path.slice(1))
  .filter((entry) => !entry.endsWith('.json'));

const folder = mkdtempSync(join(tmpdir(), 'wasmsig-npm-'));
const app = join(folder, 'app');
const installed = join(app, 'node_modules', name);
const command = join(app, 'node_modules/.bin', name);
/** @type {{filename: string, size: number, unpackedSize: number, files: {path: string, size: number}[]}} */
let packed;
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string[]} words @param {{env?: NodeJS.ProcessEnv, cwd?: string}} [options] */
async function succeed(words, options) {
  const outcome = await run(words, { limit: SECONDS, cwd: app, ...options });
  assert.equal(outcome.code, 0, `${words.join(' ')}\n${outcome.stdout}${outcome.stderr}`);
  return outcome.stdout;
}

before(async () => {
  mkdirSync(app);
  // This runs `npm run prebuild`.
  [packed] = JSON.parse(await succeed(['npm', 'pack', '--json', '--pack-destination', folder], { cwd: ROOT }));
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n');
  // What it depends on is here already: nothing has to be downloaded.
  const needed = Object.keys(dependencies).map((one) => join(ROOT, 'node_modules', one));
  await succeed([
    'npm',
    'install',
    '--offline',
    '--install-links',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    join(folder, packed.filename),
    ...needed,
  ]);
}, LIMIT);

test('the package holds what programs need, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  assert.deepEqual(
    paths.filter(
      (path) =>
        !/^(js|dist|docs)\/|^(package\.json|(README|ARCHITECTURE|CHANGELOG)\.md|LICENSE)$|^examples\/([a-z_]+\.mjs|demo\/strict_csp\.js|embedding\/\w+\.(c|lua))$/.test(
          path,
        ),
    ),
    [],
  );
  assert.deepEqual(
    paths.filter((path) => /^js\/(?!.*\.js$)|^js\/tools|^docs\/(?!.*\.md$)|\.making/.test(path)),
    ['js/cli/wasmsig-run'],
  );
  for (const path of [
    'dist/wasm32-wasip1/lib/libwasmsig-alone.a',
    'dist/wasm32-emscripten-pthread/lib/libwasmsig.a',
    'js/signal_module/signal_wasm.js',
  ])
    assert.ok(paths.includes(path), path);
  assert.ok(packed.size < 800_000, `${packed.size} bytes packed`); // most of it the library for three targets
  const { scripts } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.deepEqual(
    Object.keys(scripts).filter((script) => /^(pre|post)?(install|prepare)$/.test(script)),
    [],
  );
});

/** What both kinds of module do with spawn(). */
const STOP = `
const guest = spawn(process.argv[2], { instrument: true, stdout: 'pipe' });
let output = '';
guest.stdout.on('data', (text) => {
  output += text;
  if (output === 'ready\\n') guest.kill('SIGINT');
  if (output.endsWith('value=0\\n')) guest.kill('SIGQUIT');
});
guest.exited.then(({ code, signal }) => console.log(JSON.stringify({ code, signal, output })));
`;
const STOPPED = {
  code: 0,
  signal: null,
  output: 'ready\nSIGINT code=0 pid=1 value=0\nSIGQUIT code=0 pid=1 value=0\nbye\n',
};

for (const [way, file, load] of [
  ['import', 'import.mjs', (/** @type {string} */ entry) => `import { spawn } from '${entry}';`],
  ['require', 'require.cjs', (/** @type {string} */ entry) => `const { spawn } = require('${entry}');`],
]) {
  test(`${way} in Node: a busy program is interrupted`, LIMIT, async () => {
    writeFileSync(
      join(app, /** @type {string} */ (file)),
      /** @type {(entry: string) => string} */ (load)(name) + STOP,
    );
    assert.deepEqual(
      JSON.parse(await succeed([process.execPath, '--no-warnings', String(file), guest('handlers')])),
      STOPPED,
    );
  });
}

test('every entry can be imported and required, and is the same module', LIMIT, async () => {
  writeFileSync(
    join(app, 'entries.mjs'),
    `
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
for (const entry of ${JSON.stringify(entries)}) {
  const imported = await import(entry);
  const required = require(entry);
  for (const key of Object.keys(imported)) if (imported[key] !== required[key]) throw new Error(entry + ': ' + key);
  if (Object.keys(imported).length === 0) throw new Error(entry + ' is empty');
}
process.stdout.write('the same');
`,
  );
  assert.equal(await succeed([process.execPath, '--no-warnings', 'entries.mjs']), 'the same');
});

test('importing starts nothing: the process ends by itself, without a listener', LIMIT, async () => {
  // What ends in "Req" or "ReqPromise" is the reading of the modules themselves.
  const look =
    'console.log(process.eventNames().join(), process.getActiveResourcesInfo().filter((name) => !/Req(Promise)?$/.test(name)).join());';
  const evaluate = (/** @type {string} */ script) =>
    succeed([process.execPath, '--no-warnings', '--input-type=module', '-e', script]);
  assert.equal(
    await evaluate(entries.map((entry) => `await import('${entry}');`).join('') + look),
    await evaluate(look),
  );
});

for (const [resolution, module, source, lib, types] of /** @type {const} */ ([
  ['nodenext', 'nodenext', 'node.ts', ['es2023', 'esnext.disposable', 'dom'], ['node']],
  [
    'bundler',
    'esnext',
    'page.ts',
    ['es2023', 'esnext.disposable', 'dom', 'dom.asynciterable', 'es2024.sharedmemory'],
    [],
  ],
])) {
  test(`types, as TypeScript's ${resolution} resolution finds them`, LIMIT, async () => {
    cpSync(join(APP, source), join(app, source));
    const options = {
      target: 'es2022',
      module,
      moduleResolution: resolution,
      lib,
      types,
      typeRoots: [join(ROOT, 'node_modules/@types')],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    writeFileSync(join(app, `${resolution}.json`), JSON.stringify({ compilerOptions: options, files: [source] }));
    writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    await succeed([process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', `${resolution}.json`]);
  });
}

test('publint has nothing to say', LIMIT, async () => {
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
  assert.deepEqual(messages, []);
});

test('Are the types wrong? No', LIMIT, async () => {
  const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  await succeed([process.execPath, attw, join(folder, packed.filename), '--profile', 'esm-only']);
});

// ---- links

test('every relative link of the README and of docs/ resolves, in the repository and in the package, with its heading', () => {
  const inPackage = new Set(packed.files.map(({ path }) => path));
  const pages = [...inPackage].filter((path) => path.endsWith('.md'));
  const headings = new Map(pages.map((page) => [page, anchors(readFileSync(join(ROOT, page), 'utf8'))]));
  let count = 0;
  /** @type {string[]} */
  const dead = [];
  for (const page of pages) {
    for (const [, picture, link] of readFileSync(join(ROOT, page), 'utf8')
      .replace(/^```[^]*?^```$/gm, '')
      .matchAll(/(!?)\[[^\]]*\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path, anchor] = link.split('#');
      const target = path ? posix.normalize(posix.join(posix.dirname(page), path)) : page;
      const known = headings.get(target);
      // Pictures stay in the repository: their text says what is on them.
      if (!existsSync(join(ROOT, target)) || (!picture && !inPackage.has(target)) || (anchor && !known?.has(anchor)))
        dead.push(`${page}: ${link}`);
      count++;
    }
  }
  assert.deepEqual(dead, []);
  assert.ok(count > 100, `${count} links were looked at`);
});

/** What headings are called in links. @param {string} text */
function anchors(text) {
  const titles = [...text.replace(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, title]) => title);
  /** @type {Map<string, number>} */
  const seen = new Map();
  const slugs = titles.map((title) => {
    const slug = title
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before ? `${slug}-${before}` : slug;
  });
  return new Set([...slugs, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)]);
}

// ---- the guides

/** Writes the named files of a page into the folder of the app. @param {string} page */
function writeFiles(page) {
  for (const { name, text } of blocks(page)) if (name) writeFileSync(join(app, name), text);
}

/** The commands of a page, as a shell runs them; npx runs what is there. @param {string} command @param {NodeJS.ProcessEnv} [env] */
function shell(command, env) {
  return run(['bash', '-euc', `npx() { "$@"; }\n${command}`], {
    limit: SECONDS,
    cwd: app,
    env: {
      ...process.env,
      ...env,
      PATH: [...(env?.PATH ? [env.PATH] : []), join(app, 'node_modules/.bin'), process.env.PATH].join(delimiter),
    },
  });
}

for (const [page, programs] of /** @type {const} */ ([
  ['docs/guide/c-program.md', 3],
  ['docs/embedding.md', 1],
])) {
  test(`${page}: its commands make programs that print what is said`, LIMIT, async () => {
    const { wasi, emscripten } = await setup({ only: ['wasi', 'emscripten'], quiet: true });
    writeFiles(page);
    const all = blocks(page);
    const commands = all.flatMap(({ language, text }, i) =>
      language === 'sh' ? [{ command: text, wanted: all[i + 1].text }] : [],
    );
    assert.equal(commands.length, programs);
    for (const { command, wanted } of commands) {
      const { code, stdout, stderr } = await shell(command, { CC: wasi?.clang, PATH: emscripten?.root });
      assert.deepEqual(
        { code, stdout, stderr: stderr.replace(/^(cache|system_libs|shared):.*\n/gm, '') },
        { code: 0, stdout: wanted, stderr: '' },
        command,
      );
    }
  });
}

const BUNDLED = 'ready\nSIGINT code=0 pid=1 value=0\nSIGQUIT code=0 pid=1 value=0\nbye\ncode 0, signal null';
const dist = join(app, 'dist');

/** @typedef {{url: string, close: () => Promise<void>}} Served */
/** @type {Record<string, () => Promise<Served>>} what bundlers.md says, done; each serves its page */
const BUNDLERS = {
  async esbuild() {
    const [{ text }] = blocks('docs/guide/bundlers.md').filter(({ language }) => language === 'sh');
    mkdirSync(dist);
    const { code, stderr } = await shell(text);
    assert.equal(code, 0, stderr);
    return serveDist();
  },
  async webpack() {
    const { default: config } = await import(pathToFileURL(join(app, 'webpack.config.js')).href);
    const stats = await runWebpack({ context: app, ...config, output: { path: dist, ...config.output } });
    assert.equal(stats.hasErrors() || stats.hasWarnings(), false, stats.toString());
    cpSync(join(app, 'index.html'), join(dist, 'index.html'));
    return serveDist();
  },
  async vite() {
    await vite.build({ root: app, logLevel: 'silent' });
    return viteServer(await vite.preview({ root: app, logLevel: 'silent', preview: { port: 0 } }));
  },
  async 'vite, while developing'() {
    const server = await vite.createServer({ root: app, logLevel: 'silent', server: { port: 0 } });
    return viteServer(await server.listen());
  },
};

/** @returns {Promise<Served>} */
async function serveDist() {
  const { url, close } = await serve(dist);
  return { url: `${url}/isolated/index.html`, close };
}

/** @param {vite.PreviewServer | vite.ViteDevServer} server @returns {Served} */
function viteServer(server) {
  return { url: String(server.resolvedUrls?.local[0]), close: () => server.close() };
}

/** @param {import('webpack').Configuration} options @returns {Promise<import('webpack').Stats>} */
function runWebpack(options) {
  return new Promise((resolve, reject) => webpack(options, (error, stats) => (stats ? resolve(stats) : reject(error))));
}

for (const [bundler, make] of Object.entries(BUNDLERS)) {
  test(`bundlers.md, ${bundler}: the page interrupts a busy program, and nothing of Node is in it`, {
    ...LIMIT,
    skip,
  }, async (t) => {
    writeFiles('docs/guide/bundlers.md');
    cpSync(guest('handlers'), join(app, 'program.wasm'));
    for (const one of ['vite', 'webpack', 'esbuild']) linkTool(one);
    rmSync(dist, { recursive: true, force: true });
    const served = await make();
    t.after(() => served.close());
    for (const file of existsSync(dist)
      ? readdirSync(dist, { recursive: true })
          .map(String)
          .filter((name) => name.endsWith('.js'))
      : []) {
      assert.doesNotMatch(readFileSync(join(dist, file), 'utf8'), /["']node:/, file);
    }
    const browser = await launch();
    t.after(() => browser.close());
    const page = await browser.newPage();
    /** @type {string[]} */
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => errors.push(message.text()));
    await page.goto(served.url);
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    await page
      .waitForFunction(() => document.body.textContent?.includes('code'), undefined, { timeout: 60_000 })
      .catch((error) => assert.fail(`${error}\n${errors.join('\n')}`));
    assert.equal((await page.evaluate(() => document.body.textContent))?.trim(), BUNDLED);
  });
}

/** What a person has installed beside the package. @param {string} name */
function linkTool(name) {
  const links = [
    [join(ROOT, 'node_modules', name), join(app, 'node_modules', name)],
    [join(ROOT, 'node_modules/.bin', name), join(app, 'node_modules/.bin', name)],
  ];
  for (const [to, from] of links) if (!existsSync(from)) symlinkSync(to, from);
}

// ---- wasmsig config

const TARGETS = ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread'];

/** What the shell would make of it. @param {string[]} args */
async function config(...args) {
  return (await succeed([command, 'config', ...args])).trim().split(' ');
}

for (const target of TARGETS) {
  test(`config: a C program for ${target}, with the compiler and these flags only`, LIMIT, async () => {
    const { wasi, emscripten } = await setup({
      only: [target === 'wasm32-wasip1' ? 'wasi' : 'emscripten'],
      quiet: true,
    });
    const compiler = wasi
      ? [wasi.clang]
      : [
          /** @type {NonNullable<typeof emscripten>} */ (emscripten).emcc,
          '-sEXIT_RUNTIME',
          ...(target.endsWith('pthread') ? ['-sPROXY_TO_PTHREAD'] : []),
        ];
    const program = join(folder, `${target}${wasi ? '.wasm' : '.mjs'}`);
    const object = `${program}.o`;
    await succeed([
      ...compiler.filter((word) => !word.startsWith('-s')),
      '-c',
      CONSUMER,
      ...(await config('--target', target, '--cflags')),
      '-o',
      object,
    ]);
    await succeed([...compiler, object, ...(await config('--target', target, '--cflags', '--libs')), '-o', program]);
    for (const how of [[command, 'run'], [`${command}-run`]])
      assert.equal(
        await succeed([...how, program]),
        `${wasi ? 'wasi' : 'emscripten'} ${version}: caught 15, timer 14\n`,
      );
  });
}

test('config --alone: a program that needs WASI only', LIMIT, async () => {
  const { wasi } = await setup({ only: ['wasi'], quiet: true });
  const program = join(folder, 'alone.wasm');
  await succeed([
    String(wasi?.clang),
    CONSUMER,
    ...(await config('--target', 'wasm32-wasip1', '--alone', '--cflags', '--libs')),
    '-o',
    program,
  ]);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(program)));
  assert.deepEqual([...new Set(imports.map(({ module }) => module))], ['wasi_snapshot_preview1']);
});

test('config: folders for CMake and pkg-config', LIMIT, async () => {
  for (const target of TARGETS) {
    const [prefix] = await config('--target', target, '--cmake-prefix');
    assert.ok(existsSync(join(prefix, 'lib/cmake/wasmsig/wasmsigConfig.cmake')), prefix);
    const [pkgconfig] = await config('--target', target, '--pkgconfig');
    assert.ok(existsSync(join(pkgconfig, 'wasmsig.pc')), pkgconfig);
  }
});

test('config: wrong usage is exit status 2 and one line that says what would be right', LIMIT, async () => {
  for (const [args, message] of /** @type {[string[], RegExp][]} */ ([
    [
      ['--target', 'wasm64', '--libs'],
      /unknown target "wasm64": the targets are wasm32-wasip1, wasm32-emscripten, wasm32-emscripten-pthread$/,
    ],
    [['--cflags'], /which --target: wasm32-wasip1, wasm32-emscripten, wasm32-emscripten-pthread\?$/],
    [['--target', 'wasm32-wasip1'], /ask for --cflags and --libs, or for --cmake-prefix, or for --pkgconfig$/],
    [['--target', 'wasm32-wasip1', '--libs', '--pkgconfig'], /ask for/],
    [['--target', 'wasm32-emscripten', '--alone', '--libs'], /there is no wasmsig-alone for wasm32-emscripten$/],
    [['--target', 'wasm32-wasip1', '--libs', 'more'], /unexpected argument: more$/],
  ])) {
    const { code, stdout, stderr } = await run([command, 'config', ...args], { limit: SECONDS });
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr.trim(), message);
    assert.equal(stderr.trim().split('\n').length, 1);
  }
});

test('config: a checkout in which nothing was built says what makes it', LIMIT, async () => {
  const checkout = join(folder, 'checkout');
  for (const part of ['js', 'package.json']) cpSync(join(installed, part), join(checkout, part), { recursive: true });
  const { code, stderr } = await run(
    [process.execPath, join(checkout, 'js/cli/main.js'), 'config', '--target', 'wasm32-wasip1', '--libs'],
    { limit: SECONDS },
  );
  assert.equal(code, 2);
  assert.match(stderr, /npm run prebuild -- --only wasm32-wasip1/);
});
