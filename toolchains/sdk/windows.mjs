// Windows: mingw-w64's g++ (the variant with POSIX threads, which has std::thread), and wine to run what it builds.

import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { aptInstall } from '../lib/apt.mjs';
import { isFinished, makeSdk, sdkFolder } from '../lib/cache.mjs';
import { run, tryRun, which } from '../lib/run.mjs';

const triple = 'x86_64-w64-mingw32';
const packages = ['g++-mingw-w64-x86-64-posix', 'wine', 'wine64'];
const runner = 'wasmsig-wine';
// Debian's wine gives its server's folder a random name and writes that into the prefix: two programs that both find no server each make a
// folder of their own, and one of them fails. So the server is started first, by one at a time, and stays for half a minute after its last
// client. With it start Windows' services, here and not in the first test: they would hold its output open until they end.
const runnerText = `#!/bin/sh
WINEPREFIX=$(cd "\${0%/*}" && pwd) WINEDEBUG=\${WINEDEBUG:--all} WINEDLLOVERRIDES=mscoree,mshtml=
export WINEPREFIX WINEDEBUG WINEDLLOVERRIDES
flock -o "$WINEPREFIX/.starting" sh -c 'wineserver -p30 && wine cmd /c rem' </dev/null >/dev/null 2>&1
exec wine "$@"
`;
const recipe = { revision: 2, what: 'wineboot --init, no window system, no .NET, no HTML', runnerText };
// Without these wine asks, in a window, for Mono and Gecko.
const quiet = {
  WINEDEBUG: '-all',
  WINEDLLOVERRIDES: 'mscoree,mshtml=',
  DISPLAY: undefined,
  WAYLAND_DISPLAY: undefined,
};

/**
 * @typedef {object} Windows
 * @property {string} cc
 * @property {string} cxx
 * @property {string} windres
 * @property {string} wine
 * @property {string} prefix WINEPREFIX of an initialised prefix
 * @property {string} run a program that runs its arguments under wine with that prefix, silently; several may start at once
 * @property {Record<string, string>} env what a run of wine needs in its environment
 */

export const name = 'windows';

/**
 * @param {import('../setup.mjs').Context} context
 * @returns {Windows | undefined}
 */
export function locate(context) {
  const tools = programs();
  const prefix = sdkFolder(context.cache, 'wine-prefix', recipe);
  if (!tools || !isFinished(prefix)) return undefined;
  return {
    ...tools,
    prefix,
    run: join(prefix, runner),
    env: { WINEPREFIX: prefix, WINEDEBUG: quiet.WINEDEBUG, WINEDLLOVERRIDES: quiet.WINEDLLOVERRIDES },
  };
}

function programs() {
  // Elsewhere than on Debian the only variant has no suffix.
  const cc = which(`${triple}-gcc-posix`) ?? which(`${triple}-gcc`);
  const cxx = which(`${triple}-g++-posix`) ?? which(`${triple}-g++`);
  const windres = which(`${triple}-windres`);
  const wine = which('wine') ?? which('wine64');
  return cc && cxx && windres && wine ? { cc, cxx, windres, wine } : undefined;
}

/** @param {import('../setup.mjs').Context} context */
export async function make(context) {
  if (!programs()) await aptInstall(context, name, packages);
  const tools = /** @type {NonNullable<ReturnType<typeof programs>>} */ (programs());
  const prefix = sdkFolder(context.cache, 'wine-prefix', recipe);
  if (isFinished(prefix)) return;
  await makeSdk(
    prefix,
    recipe,
    async (temporary) => {
      const started = Date.now();
      context.progress.step(name, 'initialising a wine prefix, 695 MB on disk');
      const env = { ...quiet, WINEPREFIX: temporary, WINEARCH: 'win64' };
      await run(tools.wine, ['wineboot', '--init'], { env, what: 'windows: wineboot' });
      // The registry is written when the server ends, and the folder must not move before that.
      await tryRun(which('wineserver') ?? '/usr/lib/wine/wineserver', ['-k'], { env });
      await tryRun(which('wineserver') ?? '/usr/lib/wine/wineserver', ['-w'], { env });
      rmSync(join(temporary, 'wineserver'), { force: true });
      writeFileSync(join(temporary, runner), runnerText);
      chmodSync(join(temporary, runner), 0o755);
      context.progress.done(name, 'initialised', (Date.now() - started) / 1000);
    },
    { changes: true },
  );
}

/** @param {Windows} found */
export function cmakeVariables(found) {
  return { WINDOWS_CC: found.cc, WINDOWS_CXX: found.cxx, WINDOWS_RC: found.windres, WINE_RUN: found.run };
}
