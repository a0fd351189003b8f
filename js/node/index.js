// @ts-check
/** The package in Node. Importing it has no side effects. */

export * from '../index.js';
export { attach } from './attach_in_node.js';
export { forward, FORWARDED } from './forward.js';
export { capabilities, spawn } from './spawn.js';

/** @typedef {import('./spawn.js').SpawnOptions} SpawnOptions */
/** @typedef {import('./spawn.js').NodeOptions} NodeOptions */
/** @typedef {import('./spawn.js').NodeProcess} NodeProcess */
