// @ts-check
/**
 * wasmsig/register: importing it wraps this agent's `WebAssembly`, so that every module that a package compiles by itself
 * has a stop button. In Node instrumented modules are kept on disk (js/node/instrument_cache.js), and
 * `node --import wasmsig/register` registers in the workers too.
 *
 *     import { run } from 'wasmsig/register';
 *     import initSqlJs from 'sql.js';
 *     const db = new (await initSqlJs()).Database();
 *     run(() => db.exec(query), { timeout: 500 });
 */

import { cached } from '../node/instrument_cache.js';
import { OPTIONS, prepare, register } from './api.js';

/** @param {Uint8Array<ArrayBuffer>} bytes */
const sync = (bytes) => /** @type {Uint8Array<ArrayBuffer>} */ (cached(bytes, OPTIONS, () => prepare(bytes)));

export const { guards, run, setFilter, unregister } = register({ sync, async: async (bytes) => sync(bytes) });

/** @typedef {import('./registration.js').Filter} Filter */
/** @typedef {import('./registration.js').LoadedModule} LoadedModule */
