// The WASI SDK: the user's own (WASI_SDK_PATH), or clang 19 with Debian's wasi-libc and a libc++ that has exceptions.

import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { aptInstall, downloadPackages, downloadSource, unpackPackage, unpackTarball } from '../lib/apt.mjs';
import { isFinished, makeSdk, sdkFolder } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';
import { run, which } from '../lib/run.mjs';
import * as clangSdk from './clang.mjs';

const target = 'wasm32-wasip1';
// Debian's packages use the old name of the same target; the new one is a link to it.
const folderName = 'wasm32-wasi';
const otherwise = 'set WASI_SDK_PATH to an unpacked WASI SDK';

// Debian's own libc++ for wasm32 has neither exceptions nor files, and Catch2 needs both. Exceptions here are wasm's legacy encoding, clang
// 19's default and the only one that Node 20 runs. No threads, like the WASI SDK's own libc++ for this target: with them every user of a
// standard header would have to define _WASI_EMULATED_PTHREAD.
const cmakeOptions = {
  CMAKE_BUILD_TYPE: 'MinSizeRel',
  CMAKE_C_COMPILER_WORKS: 'ON',
  CMAKE_CXX_COMPILER_WORKS: 'ON',
  LLVM_COMPILER_CHECKED: 'ON',
  LLVM_ENABLE_RUNTIMES: 'libcxxabi;libcxx',
  LLVM_INCLUDE_TESTS: 'OFF',
  LIBCXX_ABI_VERSION: '2',
  LIBCXX_CXX_ABI: 'libcxxabi',
  LIBCXX_ENABLE_ABI_LINKER_SCRIPT: 'OFF',
  LIBCXX_ENABLE_EXCEPTIONS: 'ON',
  LIBCXX_ENABLE_FILESYSTEM: 'ON',
  LIBCXX_ENABLE_SHARED: 'OFF',
  LIBCXX_ENABLE_THREADS: 'OFF',
  LIBCXX_HAS_MUSL_LIBC: 'OFF',
  LIBCXX_INCLUDE_BENCHMARKS: 'OFF',
  LIBCXX_INCLUDE_TESTS: 'OFF',
  LIBCXX_INSTALL_INCLUDE_DIR: `include/${folderName}/c++/v1`,
  LIBCXX_INSTALL_INCLUDE_TARGET_DIR: `include/${folderName}/c++/v1`,
  LIBCXX_INSTALL_LIBRARY_DIR: `lib/${folderName}`,
  LIBCXX_INSTALL_MODULES: 'OFF',
  LIBCXXABI_ENABLE_EXCEPTIONS: 'ON',
  LIBCXXABI_ENABLE_SHARED: 'OFF',
  LIBCXXABI_ENABLE_THREADS: 'OFF',
  LIBCXXABI_INCLUDE_TESTS: 'OFF',
  LIBCXXABI_INSTALL_INCLUDE_DIR: `include/${folderName}/c++/v1`,
  LIBCXXABI_INSTALL_LIBRARY_DIR: `lib/${folderName}`,
  LIBCXXABI_SILENT_TERMINATE: 'ON',
  LIBCXXABI_USE_LLVM_UNWINDER: 'OFF',
};
const flags = ['-fwasm-exceptions'];
const unwindFlags = ['-Os', '-DNDEBUG', '-D_LIBUNWIND_HIDE_SYMBOLS', '-D_LIBUNWIND_HAS_NO_THREADS'];
const recipe = { revision: 2, libc: '20241209', libcxx: '19.1.7', target, cmakeOptions, flags, unwindFlags };

/**
 * @typedef {object} Wasi
 * @property {'user' | 'made'} source
 * @property {string} root
 * @property {string} sysroot
 * @property {string} target
 * @property {boolean} exceptions whether libc++ was built with them; Catch2 needs them
 * @property {string} clang
 * @property {string} clangxx
 * @property {string} ar
 * @property {string} ranlib
 * @property {string} nm
 * @property {string} strip
 */

export const name = 'wasi';
export const needs = (/** @type {NodeJS.ProcessEnv} */ env) => (env.WASI_SDK_PATH ? [] : ['clang']);

/**
 * @param {import('../setup.mjs').Context} context
 * @returns {Wasi | undefined}
 */
export function locate(context) {
  const own = context.env.WASI_SDK_PATH;
  if (!own) {
    const root = sdkFolder(context.cache, name, recipe);
    return isFinished(root) && clangSdk.locate() ? describe(root, 'made', true) : undefined;
  }
  const found = describe(own, 'user', false);
  for (const path of [found.clang, found.clangxx, found.sysroot]) {
    if (!existsSync(path))
      throw new SetupError(
        `wasi: WASI_SDK_PATH is ${own}, but there is no ${path}: point it at an unpacked WASI SDK, or unset it`,
      );
  }
  // The archive's table of symbols names what it defines.
  const library = [target, folderName]
    .map((folder) => join(found.sysroot, 'lib', folder, 'libc++abi.a'))
    .find((file) => existsSync(file));
  return { ...found, exceptions: library !== undefined && readFileSync(library).includes('__cxa_throw\0') };
}

/**
 * @param {string} root
 * @param {'user' | 'made'} source
 * @param {boolean} exceptions
 * @returns {Wasi}
 */
function describe(root, source, exceptions) {
  const bin = (/** @type {string} */ program) => join(root, 'bin', program);
  const tools = {
    clang: bin('clang'),
    clangxx: bin('clang++'),
    ar: bin('llvm-ar'),
    ranlib: bin('llvm-ranlib'),
    nm: bin('llvm-nm'),
    strip: bin('llvm-strip'),
  };
  return { source, root, sysroot: join(root, 'share', 'wasi-sysroot'), target, exceptions, ...tools };
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  if (!which('cmake')) await aptInstall(context, name, ['cmake', 'make']);
  // libc++ generates headers with it.
  if (!which('python3')) await aptInstall(context, name, ['python3-minimal']);
  const clang = /** @type {clangSdk.Clang} */ (clangSdk.locate());
  const { 'wasi-libc': libc } = await downloadPackages(context, name, 'trixie', { 'wasi-libc': /20241209/ }, otherwise);
  const source = await downloadSource(context, name, 'trixie', 'llvm-toolchain-19', /_19\.1\.7\.orig/, otherwise);
  await makeSdk(sdkFolder(context.cache, name, recipe), recipe, async (temporary) => {
    const work = join(temporary, 'work');
    const sysroot = join(temporary, 'share', 'wasi-sysroot');
    await unpackPackage(libc.path, join(work, 'libc'));
    for (const part of ['include', 'lib']) {
      cpSync(join(work, 'libc', 'usr', part, folderName), join(sysroot, part, folderName), {
        recursive: true,
        verbatimSymlinks: true,
      });
      symlinkSync(folderName, join(sysroot, part, target));
    }
    context.progress.step(name, 'unpacking the part of LLVM 19.1.7 that libc++ needs');
    const llvm = join(work, 'llvm');
    const parts = [
      'libcxx',
      'libcxxabi',
      'libunwind',
      'runtimes',
      'cmake',
      'llvm/cmake',
      'libc/hdr',
      'libc/src/__support',
    ];
    await unpackTarball(
      context,
      name,
      source.path,
      llvm,
      parts.map((part) => `*/${part}`),
    );
    context.progress.step(name, 'compiling libc++ with exceptions and files');
    const started = Date.now();
    await buildLibcxx(clang, { work, llvm, sysroot });
    context.progress.done(name, 'compiled libc++', (Date.now() - started) / 1000);
    rmSync(work, { recursive: true });
    installPrograms(clang, temporary);
    return { libc: libc.name, libcxx: source.name, clang: clang.version };
  });
}

/**
 * Gives the folder the layout of the WASI SDK. The compilers are scripts: Debian's clang looks for its runtime library under another name than
 * this target's, so they add a resource folder where it has the right one.
 * @param {clangSdk.Clang} clang
 * @param {string} root
 */
function installPrograms(clang, root) {
  const bin = join(root, 'bin');
  const resources = join(root, 'lib', 'clang', String(clang.version));
  const runtime = join(resources, 'lib', 'wasm32-unknown-wasip1');
  for (const folder of [bin, runtime]) mkdirSync(folder, { recursive: true });
  symlinkSync(join(clang.resources, 'include'), join(resources, 'include'));
  symlinkSync(
    join(clang.resources, 'lib', 'wasi', 'libclang_rt.builtins-wasm32.a'),
    join(runtime, 'libclang_rt.builtins.a'),
  );
  for (const [program, compiler] of [
    ['clang', clang.clang],
    ['clang++', clang.clangxx],
  ]) {
    const places = `--target=${target} --sysroot="$root/share/wasi-sysroot" -resource-dir "$root/lib/clang/${clang.version}"`;
    writeFileSync(join(bin, program), `#!/bin/sh\nroot=\${0%/*/*}\nexec ${compiler} ${places} "$@"\n`);
    chmodSync(join(bin, program), 0o755);
  }
  const links = {
    'llvm-ar': clang.ar,
    'llvm-ranlib': clang.ranlib,
    'llvm-nm': clang.nm,
    'llvm-strip': clang.strip,
    'llvm-objdump': clang.objdump,
    'wasm-ld': clang.wasmLd,
  };
  for (const [program, path] of Object.entries(links)) symlinkSync(path, join(bin, program));
}

/**
 * @param {clangSdk.Clang} clang
 * @param {{ work: string, llvm: string, sysroot: string }} folders
 */
async function buildLibcxx(clang, { work, llvm, sysroot }) {
  const build = join(work, 'build');
  const platform = join(work, 'Platform');
  mkdirSync(platform, { recursive: true });
  writeFileSync(join(platform, 'WASI.cmake'), 'set(WASI 1)\nset(UNIX 1)\n');
  const toolchain = join(work, 'toolchain.cmake');
  /** @type {Record<string, string>} */
  const variables = {
    CMAKE_SYSTEM_NAME: 'WASI',
    CMAKE_SYSTEM_PROCESSOR: 'wasm32',
    CMAKE_SYSROOT: sysroot,
    CMAKE_TRY_COMPILE_TARGET_TYPE: 'STATIC_LIBRARY',
  };
  for (const language of ['C', 'CXX', 'ASM']) {
    variables[`CMAKE_${language}_COMPILER`] = language === 'CXX' ? clang.clangxx : clang.clang;
    variables[`CMAKE_${language}_COMPILER_TARGET`] = target;
  }
  Object.assign(variables, { CMAKE_AR: clang.ar, CMAKE_RANLIB: clang.ranlib, CMAKE_MODULE_PATH: work });
  writeFileSync(
    toolchain,
    Object.entries(variables)
      .map(([key, value]) => `set(${key} [==[${value}]==])\n`)
      .join(''),
  );
  const compile = [...flags, `-I${join(llvm, 'libunwind', 'include')}`, `-ffile-prefix-map=${work}=.`].join(' ');
  const options = {
    ...cmakeOptions,
    CMAKE_TOOLCHAIN_FILE: toolchain,
    CMAKE_INSTALL_PREFIX: sysroot,
    CMAKE_C_FLAGS: compile,
    CMAKE_CXX_FLAGS: compile,
    CMAKE_ASM_FLAGS: flags.join(' '),
  };
  const definitions = Object.entries(options).map(([key, value]) => `-D${key}=${value}`);
  const generator = which('ninja') ? ['-G', 'Ninja'] : ['-G', 'Unix Makefiles'];
  // A CMAKE_* or compiler flag of the user's environment is meant for native code.
  const env = {
    CFLAGS: undefined,
    CXXFLAGS: undefined,
    LDFLAGS: undefined,
    CPPFLAGS: undefined,
    CMAKE_GENERATOR: undefined,
    CMAKE_TOOLCHAIN_FILE: undefined,
  };
  await run('cmake', ['-S', join(llvm, 'runtimes'), '-B', build, ...generator, ...definitions], {
    env,
    what: 'wasi: configuring libc++',
  });
  await run(
    'cmake',
    ['--build', build, '--parallel', String(availableParallelism()), '--target', 'install-cxx', 'install-cxxabi'],
    { env, what: 'wasi: compiling libc++' },
  );

  // libunwind's own build does not know this target; the one file that wasm needs does.
  const object = join(work, 'Unwind-wasm.o');
  const unwind = join(llvm, 'libunwind');
  await run(clang.clang, [
    `--target=${target}`,
    `--sysroot=${sysroot}`,
    ...flags,
    ...unwindFlags,
    `-I${join(unwind, 'include')}`,
    '-c',
    join(unwind, 'src', 'Unwind-wasm.c'),
    '-o',
    object,
  ]);
  // Also in libc++abi.a, because clang 19 links that by itself and not libunwind.
  for (const archive of ['libunwind.a', 'libc++abi.a'])
    await run(clang.ar, ['qcs', join(sysroot, 'lib', folderName, archive), object]);
  for (const header of ['unwind.h', '__libunwind_config.h', 'unwind_itanium.h']) {
    cpSync(join(unwind, 'include', header), join(sysroot, 'include', folderName, header));
  }
}

/** @param {Wasi} found */
export function cmakeVariables(found) {
  return { WASI_ROOT: found.root };
}
