// The Open POSIX Test Suite, as upstream published it: the programs of `npm run conformance`.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { downloadSource, unpackTarball } from '../lib/apt.mjs';
import { isFinished, makeSdk, sdkFolder } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';

const otherwise = 'set POSIXTESTSUITE to a folder of the Open POSIX Test Suite';
const recipe = { revision: 1, posixtestsuite: '1.5.2' };
/** The programs of the suite, in its folder. */
const INTERFACES = join('conformance', 'interfaces');

/**
 * @typedef {object} Posixtestsuite
 * @property {'user' | 'made'} source
 * @property {string} version
 * @property {string} folder has `include` and `conformance`
 */

export const name = 'posixtestsuite';

/**
 * @param {Pick<import('../setup.mjs').Context, 'cache' | 'env'>} context
 * @returns {Posixtestsuite | undefined}
 */
export function locate({ cache, env }) {
  const own = env.POSIXTESTSUITE;
  if (own) {
    if (!existsSync(join(own, INTERFACES)))
      throw new SetupError(
        `posixtestsuite: POSIXTESTSUITE is ${own}, but there is no ${INTERFACES} in it: ${otherwise}`,
      );
    return { source: 'user', version: 'unknown', folder: own };
  }
  const folder = sdkFolder(cache, name, recipe);
  return isFinished(folder) ? { source: 'made', version: recipe.posixtestsuite, folder } : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  const tarball = await downloadSource(context, name, 'bookworm', name, /_1\.5\.2\.orig/, otherwise);
  await makeSdk(sdkFolder(context.cache, name, recipe), recipe, async (temporary) => {
    await unpackTarball(context, name, tarball.path, temporary, ['*/include', '*/conformance/interfaces', '*/COPYING']);
    return { tarball: tarball.name };
  });
}

export function cmakeVariables() {
  return {};
}
