// @ts-check
// One check of one package, in a process of its own: node check.mjs KIND PROGRAM FOLDER OUTPUT. `run.mjs` starts it.
import { writeFileSync } from 'node:fs';
import { ended } from './ended.mjs';
import { checkFiles } from './files.mjs';
import { paused } from './paused.mjs';
import { openProgram, smokeOf } from './program.mjs';

/** @typedef {import('./program.mjs').Program} Program */

const [kind, name, folder, output] = process.argv.slice(2);

/** What the package answers without wasmsig, twice: it has to be the same for the same question. */
async function plain() {
  const app = await openProgram(name, folder);
  return { smoke: [await smokeOf(app), await smokeOf(app)] };
}

const save = (/** @type {unknown} */ result) => writeFileSync(output, JSON.stringify(result));

const kinds = {
  plain,
  files: () => checkFiles(name, folder),
  ended: () => ended(name, folder, false, save),
  handled: () => ended(name, folder, true, save),
  paused: () => paused(name, folder),
};

/** @type {unknown} */
let result;
try {
  result = await kinds[/** @type {keyof typeof kinds} */ (kind)]();
} catch (error) {
  result = { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
save(result);
process.exit(0); // whatever the package has left running
