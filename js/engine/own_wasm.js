// @ts-check
/**
 * WebAssembly's classes and functions as this package found them. What the package itself compiles is no program of the
 * user's, and a program of spawn() has its host already, so `wasmsig/register`, which replaces them, sees neither.
 */
import { hinted } from './branch_hints.js';

const { Module, Instance, compile: compileUnhinted, instantiate } = WebAssembly;
export { Module, Instance, instantiate };

/** As WebAssembly.compile(), with branch hints. @param {BufferSource} bytes @returns {Promise<WebAssembly.Module>} */
export const compile = (bytes) => hinted(() => compileUnhinted(bytes));
