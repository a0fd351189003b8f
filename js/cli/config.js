// @ts-check
/**
 * wasmsig config
 *
 * Why: docs/rationale.md#why-does-wasmsig-config-read-a-pkg-config-file
 */

import { TARGETS, flags, pkgconfig, prefix } from './prebuilt.js';
import { UsageError, readArguments, say } from './usage.js';

const HELP = `Usage: wasmsig config --target TARGET [--cflags] [--libs] [--alone]
       wasmsig config --target TARGET --cmake-prefix | --pkgconfig

What a compiler needs to build a program with the libraries of this package, on one line.

  --target TARGET           ${TARGETS.join(', ')}
  --cflags                  flags for compiling
  --libs                    flags for linking
  --alone                   the library for WASI hosts that know nothing of wasmsig (wasm32-wasip1)
  --cmake-prefix            a folder for CMAKE_PREFIX_PATH; then find_package(wasmsig)
  --pkgconfig               a folder for PKG_CONFIG_LIBDIR
  --help, --version

The compiler is emcc, or the clang of a WASI SDK:

  clang program.c $(npx wasmsig config --target wasm32-wasip1 --cflags --libs) -o program.wasm`;

/** @param {string[]} args */
export async function main(args) {
  const flag = /** @type {const} */ ({ type: 'boolean' });
  const given = readArguments('config', HELP, args, {
    target: { type: 'string' },
    cflags: flag,
    libs: flag,
    alone: flag,
    'cmake-prefix': flag,
    pkgconfig: flag,
  });
  if (!given) return 0;
  const { values } = given;
  const { target, cflags, libs, alone } = values;
  if (!target) throw new UsageError(`config: which --target: ${TARGETS.join(', ')}?`);
  if (
    Number(Boolean(cflags || libs)) + Number(values['cmake-prefix'] ?? false) + Number(values.pkgconfig ?? false) !==
    1
  ) {
    throw new UsageError('config: ask for --cflags and --libs, or for --cmake-prefix, or for --pkgconfig');
  }
  try {
    if (values['cmake-prefix']) say(prefix(target));
    else if (values.pkgconfig) say(pkgconfig(target));
    else {
      const found = flags(target, alone ? 'wasmsig-alone' : 'wasmsig');
      say([...(cflags ? found.cflags : []), ...(libs ? found.libs : [])].map(quote).join(' '));
    }
  } catch (error) {
    throw new UsageError(`config: ${/** @type {Error} */ (error).message}`);
  }
  return 0;
}

/**
 * Quotes a flag for a shell that reads it again (eval), but only if it contains a space or another special character.
 * @param {string} flag
 */
function quote(flag) {
  return /^[\w@%+=:,./\\-]+$/.test(flag) ? flag : `'${flag.replaceAll("'", "'\\''")}'`;
}
