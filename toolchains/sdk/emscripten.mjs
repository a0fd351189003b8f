// Emscripten: the user's own (EMSDK, or emcc on the PATH), or Debian trixie's 3.1.69, unpacked and never installed.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { aptInstall, downloadPackages, unpackPackage } from '../lib/apt.mjs';
import { isFinished, makeSdk, sdkFolder } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';
import { which } from '../lib/run.mjs';
import * as clangSdk from './clang.mjs';

const otherwise = 'install the Emscripten SDK and set EMSDK';
const libraries = './usr/share/emscripten/cache/sysroot/lib/wasm32-emscripten';
// 1.2 GB of the package that nothing here links with, or that is not for running.
const excluded = [
  `${libraries}/lto`,
  `${libraries}/lto-pic`,
  `${libraries}/pic`,
  './usr/share/emscripten/test',
  './usr/share/doc',
  './usr/share/man',
  './usr/share/lintian',
];
const programs = [
  'wasm-as',
  'wasm-ctor-eval',
  'wasm-dis',
  'wasm-emscripten-finalize',
  'wasm-merge',
  'wasm-metadce',
  'wasm-opt',
  'wasm-split',
  'wasm2js',
];
const platformFile = 'cmake/Modules/Platform/Emscripten.cmake';
const recipe = { revision: 1, emscripten: '3.1.69', binaryen: '120', excluded, programs };

/**
 * @typedef {object} Emscripten
 * @property {'user' | 'made'} source
 * @property {string} root the folder of emcc
 * @property {string} version
 * @property {string} emcc
 * @property {string} empp em++
 * @property {string} emar
 * @property {string} emranlib
 * @property {string} cmakePlatform Emscripten's own toolchain file
 */

export const name = 'emscripten';
export const needs = (/** @type {NodeJS.ProcessEnv} */ env) => (ownRoot(env) ? [] : ['clang']);

/**
 * @param {import('../setup.mjs').Context} context
 * @returns {Emscripten | undefined}
 */
export function locate(context) {
  const own = ownRoot(context.env);
  if (own) return describe(own, 'user');
  const folder = sdkFolder(context.cache, name, recipe);
  return isFinished(folder) && clangSdk.locate() && which('python3')
    ? describe(join(folder, 'emscripten'), 'made')
    : undefined;
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
function ownRoot(env) {
  if (env.EMSDK) {
    const root = join(env.EMSDK, 'upstream', 'emscripten');
    if (!existsSync(join(root, 'emcc')))
      throw new SetupError(
        `emscripten: EMSDK is ${env.EMSDK}, but there is no ${join(root, 'emcc')}: run "emsdk install latest && emsdk activate latest", or unset EMSDK`,
      );
    return root;
  }
  const emcc = which('emcc', env);
  if (!emcc) return undefined;
  // A distribution may put links or wrappers on the PATH; the real folder is the one with the platform file.
  const candidates = [
    dirname(realpathSync(emcc)),
    dirname(emcc),
    env.EMSCRIPTEN_ROOT ?? '',
    '/usr/share/emscripten',
    '/usr/lib/emscripten',
  ];
  const root = candidates.find(
    (folder) => folder && existsSync(join(folder, 'emcc')) && existsSync(join(folder, platformFile)),
  );
  if (!root)
    throw new SetupError(
      `emscripten: ${emcc} is on the PATH, but its folder is not to be found: set EMSCRIPTEN_ROOT to it, or set EMSDK`,
    );
  return root;
}

/**
 * @param {string} root
 * @param {'user' | 'made'} source
 * @returns {Emscripten}
 */
function describe(root, source) {
  const version = readFileSync(join(root, 'emscripten-version.txt'), 'utf8').replace(/[\s"]/g, '');
  const tool = (/** @type {string} */ program) => join(root, program);
  return {
    source,
    root,
    version,
    emcc: tool('emcc'),
    empp: tool('em++'),
    emar: tool('emar'),
    emranlib: tool('emranlib'),
    cmakePlatform: tool(platformFile),
  };
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  if (!which('python3')) await aptInstall(context, name, ['python3'], otherwise);
  const folder = sdkFolder(context.cache, name, recipe);
  if (isFinished(folder)) return;
  const clang = /** @type {clangSdk.Clang} */ (clangSdk.locate());
  const packages = await downloadPackages(
    context,
    name,
    'trixie',
    {
      emscripten: /_3\.1\.69[+-]/,
      binaryen: /_120-/,
      'node-acorn': /_8\./,
      libc6: /_2\.41-/,
      'libgcc-s1': /_14\./,
      'libstdc++6': /_14\./,
    },
    otherwise,
  );
  await makeSdk(folder, recipe, async (temporary) => {
    const started = Date.now();
    context.progress.step(name, 'unpacking 3.1.69 and its prebuilt libraries, 405 MB on disk');
    const work = join(temporary, 'work');
    const root = join(temporary, 'emscripten');
    await unpackPackage(packages.emscripten.path, work, excluded);
    renameSync(join(work, 'usr', 'share', 'emscripten'), root);
    for (const key of ['node-acorn', 'binaryen', 'libc6', 'libgcc-s1', 'libstdc++6'])
      await unpackPackage(packages[key].path, join(work, 'extra'), ['./usr/share/doc', './usr/share/man']);
    const acorn = join(root, 'node_modules', 'acorn');
    cpSync(join(work, 'extra', 'usr', 'share', 'nodejs', 'acorn'), acorn, { recursive: true });
    installBinaryen(join(work, 'extra'), join(temporary, 'binaryen'));
    writeFileSync(join(root, '.emscripten'), configuration(clang, join(folder, 'binaryen')));
    rmSync(work, { recursive: true });
    context.progress.done(name, 'unpacked', (Date.now() - started) / 1000);
    return { packages: Object.values(packages).map((file) => file.name) };
  });
}

/**
 * Binaryen 120 was linked against a newer C and C++ library than bookworm has: those lie beside it, and their own loader starts it.
 * @param {string} from
 * @param {string} to
 */
function installBinaryen(from, to) {
  const bin = join(to, 'bin');
  const lib = join(to, 'lib');
  for (const folder of [bin, lib]) mkdirSync(folder, { recursive: true });
  const multiarch = readdirSync(join(from, 'usr', 'lib')).find((entry) =>
    existsSync(join(from, 'usr', 'lib', entry, 'libbinaryen.so')),
  );
  if (!multiarch) throw new SetupError(`emscripten: Debian's binaryen has another layout than expected: ${otherwise}`);
  const source = join(from, 'usr', 'lib', multiarch);
  const files = readdirSync(source);
  const loader = files.find((file) => /^ld-linux.*\.so\.\d+$/.test(file));
  if (!loader) throw new SetupError(`emscripten: Debian's libc6 has no loader for this processor: ${otherwise}`);
  for (const file of files.filter((entry) =>
    /^(ld-linux.*|libbinaryen|libc|libm|libgcc_s|libstdc\+\+|libpthread|libdl)\.so(\.\d+)?$/.test(entry),
  )) {
    cpSync(join(source, file), join(lib, file), { dereference: true });
  }
  for (const program of programs) {
    cpSync(join(from, 'usr', 'bin', program), join(lib, program), { dereference: true });
    const wrapper = join(bin, program);
    writeFileSync(
      wrapper,
      `#!/bin/sh\nlib=\${0%/*}/../lib\nexec "$lib/${loader}" --library-path "$lib" "$lib/${program}" "$@"\n`,
    );
    chmodSync(wrapper, 0o755);
  }
}

/**
 * @param {clangSdk.Clang} clang
 * @param {string} binaryen where Binaryen will be once the SDK is finished
 * @returns {string} Emscripten's settings, a Python file
 */
function configuration(clang, binaryen) {
  const text = (/** @type {string} */ value) => JSON.stringify(value);
  return [
    'import shutil',
    `LLVM_ROOT = ${text(clang.bin)}`,
    `LLVM_ADD_VERSION = '${clang.version}'`,
    `CLANG_ADD_VERSION = '${clang.version}'`,
    `BINARYEN_ROOT = ${text(binaryen)}`,
    `NODE_JS = shutil.which('node') or ${text(process.execPath)}`,
    '# The libraries come prebuilt; nothing is ever compiled into the cache.',
    'FROZEN_CACHE = True',
    '',
  ].join('\n');
}

/** @param {Emscripten} found */
export function cmakeVariables(found) {
  return { EMSCRIPTEN_ROOT: found.root, EMSCRIPTEN_VERSION: found.version };
}
