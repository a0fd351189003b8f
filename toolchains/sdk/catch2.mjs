// Catch2 v3 as one source and one header file: each target's tests compile it with that target's flags.

import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { downloadSource, unpackTarball } from '../lib/apt.mjs';
import { isFinished, makeSdk, sdkFolder } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';

const otherwise = "set CATCH2_SRC to Catch2's source (3.7.1 or later), or to the folder of catch_amalgamated.cpp";
const recipe = { revision: 1, version: '3.7.1' };
const files = ['catch_amalgamated.cpp', 'catch_amalgamated.hpp'];

/**
 * @typedef {object} Catch2
 * @property {'user' | 'made'} source
 * @property {string} folder has catch_amalgamated.cpp and catch_amalgamated.hpp
 * @property {string} version
 */

export const name = 'catch2';

/**
 * @param {import('../setup.mjs').Context} context
 * @returns {Catch2 | undefined}
 */
export function locate(context) {
  const own = context.env.CATCH2_SRC;
  if (own) {
    const folder = [own, join(own, 'extras')].find((candidate) =>
      files.every((file) => existsSync(join(candidate, file))),
    );
    if (!folder)
      throw new SetupError(
        `catch2: CATCH2_SRC is ${own}, but there is no ${files[0]} in it or in its extras/: ${otherwise}`,
      );
    return { source: 'user', folder, version: versionOf(folder) };
  }
  const folder = sdkFolder(context.cache, name, recipe);
  return isFinished(folder) ? { source: 'made', folder, version: recipe.version } : undefined;
}

/** @param {string} folder */
function versionOf(folder) {
  return /Catch v(\d+\.\d+\.\d+)/.exec(readFileSync(join(folder, files[1]), 'utf8').slice(0, 500))?.[1] ?? 'unknown';
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  const tarball = await downloadSource(context, name, 'trixie', 'catch2', /_3\.7\.1\.orig/, otherwise);
  await makeSdk(sdkFolder(context.cache, name, recipe), recipe, async (temporary) => {
    await unpackTarball(context, name, tarball.path, temporary, ['*/extras/catch_amalgamated.*', '*/LICENSE.txt']);
    for (const file of files) copyFileSync(join(temporary, 'extras', file), join(temporary, file));
    return { tarball: tarball.name };
  });
}

/** @param {Catch2} found */
export function cmakeVariables(found) {
  return { CATCH2_DIR: found.folder, CATCH2_VERSION: found.version };
}
