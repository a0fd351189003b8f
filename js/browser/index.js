// @ts-check
/** The package in a browser, and wherever there are web workers. Importing it has no side effects. */

export * from '../index.js';
export { attach } from '../attach.js';
export { capabilities, spawn } from './spawn.js';

/** @typedef {import('./spawn.js').SpawnOptions} SpawnOptions */
/** @typedef {import('./spawn.js').BrowserOptions} BrowserOptions */
/** @typedef {import('./spawn.js').BrowserProcess} BrowserProcess */
