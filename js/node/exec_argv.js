// @ts-check

/**
 * The options of Node for our workers: undefined, for this process's. Where these say what `--eval` is given a worker would take that for itself, and refuse to load a file; then it gets
 * none, because a list of its own may not hold options of the engine.
 * @returns {string[] | undefined}
 */
export function execArgv() {
  return process.execArgv.some((one) => one.startsWith('--input-type')) ? [] : undefined;
}
