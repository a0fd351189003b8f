// @ts-check
/**
 * WebAssembly's classes as this package found them. What the package itself compiles is no program of the user's, so
 * `wasmsig/register`, which replaces them, does not see it.
 */
export const { Module, Instance } = WebAssembly;
