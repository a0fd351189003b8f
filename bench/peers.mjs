// @ts-check
/** Other programs that can be interrupted in a computation: installed from npm into the cache folder, and run in workers of this process. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { cacheFolder, isFinished, makeSdk, sdkFolder } from '../toolchains/lib/cache.mjs';
import { tryRun } from '../toolchains/lib/run.mjs';

/** The versions that are measured. They are no development dependencies: nothing else needs these 25 MB. */
const RECIPE = { revision: 1, packages: { pyodide: '314.0.7', 'quickjs-emscripten': '0.32.0' } };

/** Words that a peer shares: byte 0 is its flag (2: interrupt); the others are counted in words. */
export const ACKNOWLEDGED = 1;
export const STOP = 2;

/**
 * @param {(line: string) => void} say
 * @returns {Promise<Peer[]>}
 * @throws {Error} where npm cannot install them
 */
export async function startPeers(say) {
  const folder = sdkFolder(cacheFolder(), 'peers', RECIPE);
  if (!isFinished(folder)) {
    const packages = Object.entries(RECIPE.packages).map(([name, version]) => `${name}@${version}`);
    say(`npm install ${packages.join(' ')} into ${folder} ...`);
    await makeSdk(folder, RECIPE, async (temporary) => {
      const { code, stderr } = await tryRun(
        'npm',
        ['install', '--prefix', temporary, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', ...packages],
        { cwd: temporary },
      );
      if (code !== 0)
        throw new Error(
          `"npm install ${packages.join(' ')}" failed: ${stderr.trim().split('\n').pop()}; leave the peers out with --no-peers`,
        );
    });
  }
  const require = createRequire(join(folder, 'package.json'));
  const peers = [];
  for (const [name, version] of Object.entries(RECIPE.packages)) {
    say(`starting ${name} ${version}`);
    peers.push(await Peer.start(name, version, require));
  }
  return peers;
}

export class Peer {
  /** @param {string} name @param {string} version @param {Worker} worker @param {Int32Array} words */
  constructor(name, version, worker, words) {
    this.name = name;
    this.version = version;
    this.worker = worker;
    this.words = words;
    this.flag = new Uint8Array(words.buffer, 0, 1);
    /** @type {Error | undefined} why it has ended */
    this.failure = undefined;
    /** @type {Promise<never>} */
    this.ended = new Promise((_, reject) => worker.once('error', (error) => reject((this.failure = error))));
    this.ended.catch(() => {});
  }

  /** @param {string} name @param {string} version @param {NodeJS.Require} require */
  static async start(name, version, require) {
    const words = new Int32Array(new SharedArrayBuffer(256));
    const worker = new Worker(new URL('./peer_worker.mjs', import.meta.url), {
      workerData: { name, module: pathToFileURL(moduleOf(name, require)).href, words },
    });
    worker.setMaxListeners(0);
    const peer = new Peer(name, version, worker, words);
    await peer.says('loaded');
    return peer;
  }

  /** @param {string} type @returns {Promise<any>} */
  says(type) {
    return Promise.race([
      this.ended,
      new Promise((resolve) => {
        const hear = (/** @type {{type: string}} */ message) => {
          if (message.type !== type) return;
          this.worker.off('message', hear);
          resolve(message);
        };
        this.worker.on('message', hear);
      }),
    ]);
  }

  /** Sets the flag: the peer is to run its handler. */
  send() {
    Atomics.store(this.flag, 0, 2);
  }

  /**
   * Measures while it computes.
   * @template T
   * @param {(peer: Peer) => Promise<T>} measure
   */
  async computing(measure) {
    Atomics.store(this.words, ACKNOWLEDGED, 0);
    Atomics.store(this.words, STOP, 0);
    const started = this.says('started');
    this.worker.postMessage('compute');
    await started;
    const result = await Promise.race([this.ended, measure(this)]);
    const stopped = this.says('stopped');
    Atomics.store(this.words, STOP, 1);
    const sending = setInterval(() => this.send(), 10); // again and again, since it may lose one
    await stopped.finally(() => clearInterval(sending));
    return result;
  }

  /** Nanoseconds of its own raise(), to a handler of its own; undefined where it has none. @returns {Promise<number | undefined>} */
  async raise() {
    const raised = this.says('raised');
    this.worker.postMessage('raise');
    return (await raised).ns;
  }

  async close() {
    await this.worker.terminate();
  }
}

/** @param {string} name @param {NodeJS.Require} require */
function moduleOf(name, require) {
  const folder = (require.resolve.paths(name) ?? [])
    .map((one) => join(one, name))
    .find((one) => existsSync(join(one, 'package.json')));
  if (!folder) throw new Error(`${name} is not where npm installed it`);
  const { exports, main } = require(join(folder, 'package.json'));
  const entry = exports?.['.']?.import ?? exports?.import ?? main;
  return join(folder, typeof entry === 'string' ? entry : entry.default);
}
