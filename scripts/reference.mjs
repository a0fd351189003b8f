#!/usr/bin/env node
// @ts-check
/**
 * Writes docs/reference/: c.md from the comments of wasmsig.h, instrument.md from those of instrument.h, js/ from the types and comments of what the package exports (TypeDoc). With --check nothing
 * is written; the exit status is 1 if a file is not what would be written.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDER = join(ROOT, 'docs/reference');

/** What programs import. `queue`, `guest` and `abi` are for those who write another host: docs/host-abi.md. */
const MODULES = [
  'node/index.js',
  'browser/index.js',
  'terminal/index.js',
  'instrument/index.js',
  'signals/index.js',
  'signal_module/node.js',
  'link/sender.js',
  'guard/index.js',
  'register/register_in_node.js',
];

/** @returns {Map<string, string>} file names in docs/reference, and what they hold */
function reference() {
  return new Map([
    ['c.md', cReference('wasmsig.h', '`wasmsig.hpp` is the same for C++20.')],
    ['instrument.md', cReference('instrument.h', '`wasmsig/instrument` is the same for JavaScript.')],
    ...jsReference(),
  ]);
}

// ---- C

/** @param {string} name @param {string} seeAlso */
function cReference(name, seeAlso) {
  const header = readFileSync(join(ROOT, 'src/include/wasmsig', name), 'utf8');
  const [, intro, rest] = /** @type {RegExpExecArray} */ (/^\/\*\n([\s\S]*?)\n \*\/\n([\s\S]*)$/.exec(header));
  const out = [
    `# ${name}`,
    '',
    `Generated from the header by \`npm run reference\`. ${seeAlso}`,
    '',
    '```',
    undecorated(intro),
    '```',
  ];
  for (const block of rest.split(/\n{2,}/)) {
    const section = /^\/\* -{4} (.*?) -+ \*\/$/.exec(block);
    if (section) {
      out.push('', `## ${section[1]}`);
      continue;
    }
    const [, comment, code] = /** @type {RegExpExecArray} */ (/^(?:\/\*([\s\S]*?)\*\/\n?)?([\s\S]*)$/.exec(block));
    const declared = declarations(code);
    if (declared) out.push('', '```c', declared, '```');
    if (comment) out.push('', markdown(undecorated(comment)));
  }
  return `${out.join('\n')}\n`;
}

/** A comment without its stars. @param {string} text */
function undecorated(text) {
  return text.replace(/^ ?\*? ?/gm, '').trim();
}

/** Names and brackets of C are not markup. @param {string} text */
function markdown(text) {
  return text.replace(/(?<!`)\b(\w*_\w+(\(\))?)(?!`)/g, '`$1`').replace(/</g, '&lt;');
}

/** What a block declares: without the bodies of inline functions, and without macros that depend on the platform. @param {string} code */
function declarations(code) {
  const heads = code
    .replace(/^(static inline .*?) \{.*\}$/gm, '$1;')
    .replace(/^(static inline [^\n]*?) \{\n[\s\S]*?^\}/gm, '$1;');
  const left = /^#(if|endif|include)/m.test(code) ? /^(#|extern "C"|\}$)/ : /^(extern "C"|\}$)/;
  const marks = /^\/\* (Generated from|End of what is generated)/; // scripts/signal_regions.mjs
  return heads
    .split('\n')
    .filter((line) => !left.test(line) && !marks.test(line))
    .join('\n')
    .trim();
}

// ---- JavaScript

/** @returns {[string, string][]} */
function jsReference() {
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-reference-'));
  try {
    const options = [
      '--outputFileStrategy',
      'modules',
      '--readme',
      'none',
      '--disableSources',
      '--excludePrivate',
      '--excludeInternal',
      '--excludeReferences',
      '--hidePageHeader',
      '--hideBreadcrumbs',
      '--parametersFormat',
      'table',
      '--interfacePropertiesFormat',
      'table',
      '--typeDeclarationFormat',
      'table',
      '--classPropertiesFormat',
      'table',
      '--logLevel',
      'Error',
    ];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        'node_modules/typedoc/bin/typedoc',
        '--plugin',
        'typedoc-plugin-markdown',
        '--tsconfig',
        'tsconfig.json',
        ...MODULES.flatMap((file) => ['--entryPoints', `js/${file}`]),
        ...options,
        '--out',
        folder,
      ],
      { cwd: ROOT, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`typedoc: exit status ${status}\n${stdout}${stderr}`);
    return readdirSync(folder, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.md'))
      .map((file) => [join('js', file), readFileSync(join(folder, file), 'utf8')]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const check = process.argv.includes('--check');
const stale = [...reference()].filter(
  ([file, text]) => !existsSync(join(FOLDER, file)) || readFileSync(join(FOLDER, file), 'utf8') !== text,
);
for (const [file, text] of stale) {
  if (check) console.error(`docs/reference/${file} is not up to date: run "npm run reference"`);
  else {
    mkdirSync(dirname(join(FOLDER, file)), { recursive: true });
    writeFileSync(join(FOLDER, file), text);
    console.log(`docs/reference/${file}`);
  }
}
if (check && stale.length) process.exitCode = 1;
