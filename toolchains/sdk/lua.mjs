// Lua 5.4's source as upstream published it: the program that has to work unmodified.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { downloadSource, unpackTarball } from '../lib/apt.mjs';
import { isFinished, makeSdk, sdkFolder } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';

const otherwise = 'set LUA_SRC to an unpacked Lua 5.4 source tree';
const recipe = { revision: 1, version: '5.4.4' };

/**
 * @typedef {object} Lua
 * @property {'user' | 'made'} source
 * @property {string} root the source tree
 * @property {string} src its folder with lua.c and the library
 * @property {string} version
 */

export const name = 'lua';

/**
 * @param {import('../setup.mjs').Context} context
 * @returns {Lua | undefined}
 */
export function locate(context) {
  const own = context.env.LUA_SRC;
  const root = own || sdkFolder(context.cache, name, recipe);
  if (!own && !isFinished(root)) return undefined;
  const src = [join(root, 'src'), root].find(
    (folder) => existsSync(join(folder, 'lua.c')) && existsSync(join(folder, 'lua.h')),
  );
  if (!src) throw new SetupError(`lua: LUA_SRC is ${root}, but there is no src/lua.c: ${otherwise}`);
  if (!own) return { source: 'made', root, src, version: recipe.version };
  const header = readFileSync(join(src, 'lua.h'), 'utf8');
  const part = (/** @type {string} */ key) => new RegExp(`LUA_VERSION_${key}[ \\t]+"(\\d+)"`).exec(header)?.[1] ?? '?';
  const version = ['MAJOR', 'MINOR', 'RELEASE'].map(part).join('.');
  if (!version.startsWith('5.4.'))
    throw new SetupError(`lua: LUA_SRC is ${root}, which is Lua ${version}: ${otherwise}`);
  return { source: 'user', root, src, version };
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  const tarball = await downloadSource(context, name, 'bookworm', 'lua5.4', /_5\.4\.4\.orig/, otherwise);
  await makeSdk(sdkFolder(context.cache, name, recipe), recipe, async (temporary) => {
    await unpackTarball(context, name, tarball.path, temporary);
    return { tarball: tarball.name };
  });
}

/** @param {Lua} found */
export function cmakeVariables(found) {
  return { LUA_SRC: found.src, LUA_VERSION: found.version };
}
