// @ts-check
// Makes the folder of the page: what it imports, with names of packages as paths (workers have no import maps, and a strict policy no inline ones), Lua with
// safe points, once for each kind of memory, and SQLite as sql.js has it.
//
// Why: docs/rationale.md#why-is-the-demo-two-pages-not-a-service-worker

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));

/** Names in import statements, with their files from ROOT. */
const PACKAGES = new Map(
  Object.entries({
    wasmsig: 'js/browser/index.js',
    'wasmsig/guard': 'js/guard/index.js',
    'wasmsig/instrument': 'js/instrument/index.js',
    'wasmsig/sender': 'js/link/sender.js',
    'wasmsig/terminal': 'js/terminal/index.js',
    '@bjorn3/browser_wasi_shim': 'node_modules/@bjorn3/browser_wasi_shim/dist/index.js',
    '@xterm/xterm': 'node_modules/@xterm/xterm/lib/xterm.mjs',
    '@xterm/addon-fit': 'node_modules/@xterm/addon-fit/lib/addon-fit.mjs',
    'sql.js': 'node_modules/sql.js/dist/sql-wasm-browser.js',
  }),
);
/** Packages that are no ES modules but define a variable of this name, and set `module`. */
const SCRIPTS = new Map([[join(ROOT, 'node_modules/sql.js/dist/sql-wasm-browser.js'), 'initSqlJs']]);
const PAGES = ['index.html', 'plain.html'];
const ENTRIES = ['tabs.js', 'demo.js', 'own_module.js'];
const ASSETS = ['demo.css', 'own_module.css', 'theme.js', 'icon.svg'];

/** The policy that the page works under. */
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'";
export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** An isolated page needs its workers' files with the headers too; the page that is not uses the same files. */
const ISOLATED = ['/', '/index.html', '/own_module_worker.js', '/modules/*'];

/** @param {string} path @returns {Record<string, string>} */
export function headersOf(path) {
  const isolated = ISOLATED.includes(path.replace(/^\/modules\/.*/, '/modules/*'));
  return { 'Content-Security-Policy': POLICY, ...(isolated && ISOLATION) };
}

/**
 * @param {string} folder
 * @param {string} lua  the program as the compiler made it
 */
export async function build(folder, lua) {
  const { instrument } = await import('../../js/instrument/index.js');
  mkdirSync(folder, { recursive: true });
  for (const page of PAGES) copyFileSync(join(HERE, 'index.html'), join(folder, page));
  for (const asset of ASSETS) copyFileSync(join(HERE, asset), join(folder, asset));
  copyFileSync(join(ROOT, 'node_modules/@xterm/xterm/css/xterm.css'), join(folder, 'xterm.css'));
  copyModules(folder);
  const sqlite = join(ROOT, 'node_modules/sql.js/dist/sql-wasm-browser.wasm');
  if (existsSync(sqlite)) copyFileSync(sqlite, join(folder, 'sqlite.wasm'));
  const program = readFileSync(lua);
  for (const memory of /** @type {const} */ (['shared', 'keep'])) {
    writeFileSync(
      join(folder, memory === 'shared' ? 'lua.shared.wasm' : 'lua.wasm'),
      (await instrument(program, { memory })).bytes,
    );
  }
  writeFileSync(join(folder, '_headers'), headersFile());
}

/** What hosts such as Netlify and Cloudflare Pages read. */
function headersFile() {
  const block = (/** @type {string} */ path, /** @type {Record<string, string>} */ headers) => [
    path,
    ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`),
  ];
  return [
    ...block('/*', { 'Content-Security-Policy': POLICY }),
    ...ISOLATED.flatMap((path) => block(path, ISOLATION)),
    '',
  ].join('\n');
}

/** Modules of this folder go to the top, all others below modules/. @param {string} folder */
function copyModules(folder) {
  const place = (/** @type {string} */ file) =>
    dirname(file) === HERE
      ? relative(HERE, file)
      : join('modules', relative(ROOT, file).replace(/^node_modules\b/, 'packages'));
  const waiting = ENTRIES.map((entry) => join(HERE, entry));
  const seen = new Set(waiting);
  for (const file of waiting) {
    const target = join(folder, place(file));
    const text = readFileSync(file, 'utf8').replace(
      /(\bfrom\s*|\bimport\(|\bnew URL\()(["'])([@\w./-]+\.?\w*)\2/g,
      (all, before, quote, name) => {
        const path = PACKAGES.has(name)
          ? join(ROOT, /** @type {string} */ (PACKAGES.get(name)))
          : join(dirname(file), name);
        if (!/\.m?js$/.test(path) || !existsSync(path)) return all;
        if (!seen.has(path)) waiting.push(path);
        seen.add(path);
        const to = relative(dirname(target), join(folder, place(path)))
          .split(sep)
          .join('/');
        return `${before}${quote}${to.startsWith('.') ? to : `./${to}`}${quote}`;
      },
    );
    mkdirSync(dirname(target), { recursive: true });
    const script = SCRIPTS.get(file);
    const whole = script ? `var module; ${text}\nexport default ${script};\n` : text;
    writeFileSync(target, whole.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
  }
}
