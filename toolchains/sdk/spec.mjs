// The WebAssembly specification's tests, as Binaryen keeps them: scripts of modules and assertions.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { downloadSource, unpackTarball } from '../lib/apt.mjs';
import { isFinished, makeSdk, sdkFolder } from '../lib/cache.mjs';
import { SetupError } from '../lib/progress.mjs';

const otherwise = "set SPEC_TESTS to a folder of the specification's tests (*.wast)";
// Later packages of Debian hold fewer: Binaryen 120 has 114.
const recipe = { revision: 1, binaryen: '108' };

/**
 * @typedef {object} Spec
 * @property {'user' | 'made'} source
 * @property {string} folder has the files
 */

export const name = 'spec';

/**
 * @param {Pick<import('../setup.mjs').Context, 'cache' | 'env'>} context
 * @returns {Spec | undefined}
 */
export function locate({ cache, env }) {
  const own = env.SPEC_TESTS;
  if (own) {
    if (!existsSync(own) || !readdirSync(own).some((file) => file.endsWith('.wast')))
      throw new SetupError(`spec: SPEC_TESTS is ${own}, but there is no .wast file in it: ${otherwise}`);
    return { source: 'user', folder: own };
  }
  const folder = sdkFolder(cache, name, recipe);
  return isFinished(folder) ? { source: 'made', folder: join(folder, 'test', 'spec') } : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  const tarball = await downloadSource(context, name, 'bookworm', 'binaryen', /_108\.orig/, otherwise);
  await makeSdk(sdkFolder(context.cache, name, recipe), recipe, async (temporary) => {
    await unpackTarball(context, name, tarball.path, temporary, ['*/test/spec/*.wast', '*/LICENSE']);
    return { tarball: tarball.name };
  });
}

export function cmakeVariables() {
  return {};
}
