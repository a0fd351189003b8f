// @ts-check
/**
 * WebAssembly's classes and functions as this package found them. What the package itself compiles is no program of the
 * user's, and a program of spawn() has its host already, so `wasmsig/register`, which replaces them, sees neither.
 */
export const { Module, Instance, compile, instantiate } = WebAssembly;
