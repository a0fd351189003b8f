// @ts-check
// A long computation in a package, ended by a limit: how late, and what the package answers then.
import { Guard } from '../../../js/guard/index.js';
import { guards, run, setFilter } from '../../../js/register/register_in_node.js';
import { openProgram, programOf, smokeOf } from './program.mjs';

export const TIMEOUT = 200;
const ROUNDS = 5;
/** Then it was not the limit that ended it. */
const HOPELESS = 2000;
/** Smaller modules are made by a package's JavaScript, one for each function that it gives to wasm. */
const LEAST = 1024;
/** For what is to end soon. */
const PATIENCE = 20_000;

/**
 * @typedef {object} Ends
 * @property {number[]} modules the sizes of what was loaded
 * @property {number} guards
 * @property {string} smoke what it answers guarded, before anything was ended
 * @property {string | undefined} recover what the package asks for after an end
 * @property {boolean} renews whether that is a new instance
 * @property {boolean} handles whether it has a handler
 * @property {{outcome: string, late: number, smoke: string}[]} rounds
 */

/**
 * @param {string} name
 * @param {string} folder
 * @param {boolean} handled whether the program's handler of SIGINT ends it
 * @param {(ends: Ends) => void} save what is known so far, since it may hang
 * @returns {Promise<Ends>}
 */
export async function ended(name, folder, handled, save) {
  /** @type {number[]} */
  const modules = [];
  const guard = (await programOf(name)).oneGuard ? new Guard() : true;
  setFilter(({ bytes }) => {
    if (bytes.length >= LEAST) modules.push(bytes.length);
    return guard;
  });
  const app = await openProgram(name, folder);
  const smoke = await run(() => smokeOf(app), {});
  if (handled) for (const guard of guards()) app.handle?.(guard);
  /** @type {Ends} */
  const ends = {
    modules,
    guards: guards().length,
    smoke,
    recover: app.recover?.how,
    renews: app.recover?.renews === true,
    handles: app.handle !== undefined,
    rounds: [],
  };
  while (ends.rounds.length < ROUNDS && ends.rounds.every((round) => round.smoke === smoke && round.late < HOPELESS)) {
    const limits = { timeout: TIMEOUT, ...(handled && { killSignal: 'SIGINT' }) };
    const started = performance.now();
    const outcome = await settle(() => run(() => app.long(), limits));
    const late = performance.now() - started - TIMEOUT;
    const round = { outcome, late, smoke: 'hangs' };
    ends.rounds.push(round);
    save(ends);
    await app.recover?.call();
    round.smoke = await settle(() => run(() => smokeOf(app), { timeout: PATIENCE }));
  }
  return ends;
}

/**
 * What became of it, in a word: its value, or its error's code or message. What does not settle is said too.
 * @param {() => unknown} compute
 * @returns {Promise<string>}
 */
export async function settle(compute) {
  /** @type {NodeJS.Timeout | undefined} */ let timer;
  try {
    const never = new Promise((_, reject) => {
      timer = setTimeout(reject, PATIENCE, new Error('the promise of the call is never settled'));
    });
    const value = await Promise.race([compute(), never]);
    return typeof value === 'string' ? value : `returned ${JSON.stringify(value)?.slice(0, 200)}`;
  } catch (error) {
    const { code, message } = /** @type {any} */ (error ?? {});
    return typeof code === 'string' && code.startsWith('ERR_')
      ? code
      : `threw ${message ?? String(error)}`.slice(0, 300);
  } finally {
    clearTimeout(timer);
  }
}
