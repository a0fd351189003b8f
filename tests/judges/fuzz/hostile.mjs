// @ts-check
/**
 * Random writes into the control blocks of running guests, while the host sends, takes and keeps time. One guest after another (a "life") has its block
 * scribbled over by a thread with its memory, as the threads of a hostile program could; a good guest and one with a timer live beside all of them.
 */
import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { spawn } from '../../../js/node/index.js';
import { guest, programs } from '../../guests/wat_guests.js';

/** @typedef {import('../../../js/owner/process.js').Exit} Exit */

/**
 * @typedef {object} Outcome
 * @property {number} seed
 * @property {number} writes        into blocks of guests that ran
 * @property {number} lives         guests that were scribbled over
 * @property {Record<string, number>} endings  how these ended
 * @property {number} sends         of the host and of a thread with a handle, into the damaged blocks
 * @property {number} kept          signals to the good guest: all of them came, in order
 * @property {number} rings         of the timer of the third guest
 * @property {{owner: number, thread: number}} longestMs  the longest single call of the host that touched a damaged block
 */

/** Milliseconds for one call of the host: a hang, not the time for which a loaded machine takes a thread's processor away. */
const BOUND_MS = 10_000;
const PER_LIFE = 200_000;

/** A guest that rings itself every 2 ms, and prints it. */
const TICKER = `(loop $ever ${programs.arm} (br $ever))`;

/**
 * @param {{writes: number, seed: number, tell?: (line: string) => void}} options
 * @returns {Promise<Outcome>}
 */
export async function fuzz({ writes, seed, tell = () => {} }) {
  /** @type {Outcome} */
  const outcome = {
    seed,
    writes: 0,
    lives: 0,
    endings: {},
    sends: 0,
    kept: 0,
    rings: 0,
    longestMs: { owner: 0, thread: 0 },
  };
  const good = new Good();
  const ticker = spawn(guest(TICKER.replace('20000000', '2000000'), { shared: true }), {
    stdin: 'ignore',
    stdout: 'pipe',
  });
  ticker.stdout?.on('data', (chunk) => (outcome.rings += String(chunk).split('2\n').length - 1));
  const hostile = guest(programs.spin, { shared: true });
  try {
    while (outcome.writes < writes) {
      await life(hostile, outcome, good, seed + outcome.lives, Math.min(PER_LIFE, writes - outcome.writes));
      if (outcome.lives % 50 === 0) tell(`${outcome.writes} writes, ${outcome.lives} lives`);
    }
    outcome.kept = await good.finish();
    const rings = outcome.rings;
    while (outcome.rings === rings) await turn(5);
    return outcome;
  } finally {
    await Promise.all([good.child.close(), ticker.close()]);
  }
}

/**
 * @param {Uint8Array} program
 * @param {Outcome} outcome
 * @param {Good} good
 * @param {number} seed
 * @param {number} writes
 */
async function life(program, outcome, good, seed, writes) {
  const child = spawn(program, { stdin: 'ignore', stdout: 'pipe' });
  child.stdout?.resume();
  assert.equal(await child.ready, true);
  good.child.grant(child);
  const { buffer, offset } = child.handle();
  // progress[0]: writes that were done; [1]: the guest has ended, or the sender is to stop; [2]: its sends; [3]: its longest, in microseconds
  const progress = new Int32Array(new SharedArrayBuffer(16));
  const threads = ['scribbler', 'sender'].map(
    (role) =>
      new Worker(new URL('./hostile_thread.mjs', import.meta.url), {
        workerData: { role, buffer, offset, handle: child.handle(), seed, writes, progress },
      }),
  );
  const over = Promise.all(
    threads.map((thread) => new Promise((resolve, reject) => thread.once('exit', resolve).once('error', reject))),
  );
  let signo = 0;
  while (Atomics.load(progress, 0) < writes && child.phase !== 'ended') {
    for (let i = 0; i < 50; i++) {
      signo = (signo + 1) % 64;
      // What would end a good guest as well is not sent: SIGHUP, SIGQUIT, SIGKILL, SIGTERM; nor what stops it, nor the numbers of the C library.
      if ([0, 1, 3, 9, 13, 15, 18, 19, 20, 32, 33, 34].includes(signo)) continue;
      const began = performance.now();
      try {
        child.kill(signo, signo % 2 ? { value: signo } : {});
      } catch (error) {
        assert.equal(/** @type {any} */ (error).code, 'EAGAIN', String(/** @type {any} */ (error).stack));
      }
      outcome.longestMs.owner = Math.max(outcome.longestMs.owner, performance.now() - began);
      outcome.sends++;
    }
    good.send();
    await turn(0);
  }
  Atomics.store(progress, 1, 1);
  await over;
  child.kill('SIGKILL');
  const how = describe(await child.exited);
  outcome.endings[how] = (outcome.endings[how] ?? 0) + 1;
  outcome.lives++;
  outcome.writes += Atomics.load(progress, 0);
  outcome.sends += Atomics.load(progress, 2);
  outcome.longestMs.thread = Math.max(outcome.longestMs.thread, Atomics.load(progress, 3) / 1000);
  assert.ok(outcome.longestMs.owner < BOUND_MS && outcome.longestMs.thread < BOUND_MS, JSON.stringify(outcome));
}

/** The guest that obeys: it prints what it takes. */
class Good {
  #sent = 0;
  #seen = 0;
  #rest = '';
  child = spawn(guest(programs.spin, { shared: true }), { stdin: 'ignore', stdout: 'pipe', blocked: [40] }); // what is sent before it runs waits

  constructor() {
    this.child.stdout?.on('data', (chunk) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'READY') continue;
        assert.equal(line, `RT 40 ${this.#seen}`, 'the good guest lost a signal, or got another');
        this.#seen++;
      }
    });
  }

  /** One more, if there is room. */
  send() {
    try {
      assert.equal(this.child.kill(40, { value: this.#sent }), true);
      this.#sent++;
    } catch (error) {
      if (/** @type {any} */ (error).code !== 'EAGAIN') throw error;
    }
  }

  /** @returns {Promise<number>} how many signals it got: all */
  async finish() {
    while (this.#seen < this.#sent) await turn(1);
    return this.#seen;
  }
}

/** @param {Exit} exit */
function describe({ code, signal, error }) {
  const why = /** @type {any} */ (error)?.code;
  // A guest that gets nonsense from its own block may well trap; that is its own affair.
  return why ? `${signal} (${why})` : (signal ?? `exit code ${code}`);
}

/** @param {number} ms */
function turn(ms) {
  return new Promise((resolve) => (ms ? setTimeout(resolve, ms) : setImmediate(resolve)));
}
