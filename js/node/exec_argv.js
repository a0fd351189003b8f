// @ts-check

/**
 * The options of Node for our workers: this process's, without that which says what `--eval` is given. A worker would take it, and refuse to load a file.
 * @returns {string[]}
 */
export function execArgv() {
  const { execArgv } = process;
  return execArgv.filter((one, i) => !one.startsWith('--input-type') && execArgv[i - 1] !== '--input-type');
}
