// @ts-check
/**
 * wasmsig/register: importing it wraps this agent's `WebAssembly`, so that every module that a package compiles by itself
 * has a stop button. Import it before the package. In pages what is compiled asynchronously is kept in Cache Storage.
 *
 *     import { run } from 'wasmsig/register';
 *     import initSqlJs from 'sql.js';
 *     const db = new (await initSqlJs()).Database();
 *     run(() => db.exec(query), { timeout: 500 });
 */

import { stored } from '../browser/stored_modules.js';
import { OPTIONS, prepare, register } from './api.js';

export const { guards, run, setFilter, unregister } = register({
  sync: prepare,
  async: (bytes) => stored(bytes, OPTIONS, async () => prepare(bytes)),
});

/** @typedef {import('./registration.js').Filter} Filter */
/** @typedef {import('./registration.js').LoadedModule} LoadedModule */
