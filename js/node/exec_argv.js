// @ts-check

/**
 * The option `execArgv` of our workers. undefined: they get this process's options. If these contain the argument of
 * `--eval`, a worker would take that for its own and refuse to load a file; then it gets none, because an explicit list
 * may not hold options of the engine.
 * @returns {string[] | undefined}
 */
export function execArgv() {
  return process.execArgv.some((one) => one.startsWith('--input-type')) ? [] : undefined;
}
