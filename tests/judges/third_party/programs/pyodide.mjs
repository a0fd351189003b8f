// @ts-check
export const packages = ['pyodide'];
export const oneGuard = true;
export const does = '`while True: pass`';
export const known = {
  usable: "Pyodide declares itself dead after an error that is not Python's: set `PyErr_SetInterrupt` as the handler",
};

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { loadPyodide } = await use('pyodide');
  const python = await loadPyodide();
  return {
    smoke: () => python.runPython('import json, re; json.dumps([sorted([3, 1, 2]), 2 ** 70, re.sub("a", "b", "aa")])'),
    long: () => python.runPython('while True: pass'),
    handle: (/** @type {any} */ guard) => guard.on('SIGINT', 'PyErr_SetInterrupt'),
  };
}
