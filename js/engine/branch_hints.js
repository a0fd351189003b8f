// @ts-check
/**
 * Branch hints. The rewriter marks the slow paths of its checks as unlikely. V8 before 13.7 (Node 24) reads such marks
 * only if a flag says so, and without them keeps registers free for calls that are hardly ever made.
 *
 * Why: docs/rationale.md#why-is-the-slow-path-marked-unlikely
 */

import * as OWN from './own_wasm.js';

const FLAG = 'experimental-wasm-branch-hinting';
/** The versions of V8 that have the flag, and not by default. */
const [FIRST, AFTER] = ['11.0', '13.7'];

/** @typedef {<T>(compile: () => T) => T} Hinted calls a function that compiles, and returns what that returns */

/**
 * @param {Pick<NodeJS.Process, 'versions' | 'execArgv' | 'env' | 'getBuiltinModule'> | undefined} node the process;
 *   undefined in pages
 * @returns {Hinted}
 */
export function hintedIn(node) {
  if (!node?.versions?.v8 || !isBetween(node.versions.v8, FIRST, AFTER)) return (compile) => compile();
  // Somebody who gives the flag keeps what he gave.
  const given = [...node.execArgv, node.env.NODE_OPTIONS ?? ''].join(' ').replaceAll('_', '-');
  const v8 = given.includes(FLAG) ? undefined : node.getBuiltinModule?.('v8');
  if (!v8) return (compile) => compile();
  return (compile) => {
    v8.setFlagsFromString(`--${FLAG}`);
    try {
      return compile();
    } finally {
      v8.setFlagsFromString(`--no-${FLAG}`);
    }
  };
}

/** @param {string} version @param {string} first @param {string} after */
function isBetween(version, first, after) {
  const [one, low, high] = [version, first, after].map((text) => {
    const [major, minor] = text.split('.');
    return 1000 * Number(major) + Number(minor);
  });
  return low <= one && one < high;
}

/**
 * Compiles with branch hints. The flag is one of the process, so it is set only while `compile` runs: an engine looks
 * at it when a compilation begins, also one that goes on elsewhere.
 */
export const hinted = /* @__PURE__ */ hintedIn(globalThis.process);

/** As the package's own WebAssembly.compile(). @param {BufferSource} bytes @returns {Promise<WebAssembly.Module>} */
export const compile = (bytes) => hinted(() => OWN.compile(bytes));
