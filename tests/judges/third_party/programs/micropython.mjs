// @ts-check
export const packages = ['@micropython/micropython-webassembly-pyscript'];
export const oneGuard = true;
export const does = '`while True: pass`';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { loadMicroPython } = await use('@micropython/micropython-webassembly-pyscript/micropython.mjs');
  let printed = '';
  const python = await loadMicroPython({ stdout: (/** @type {string} */ line) => (printed += line), linebuffer: true });
  return {
    smoke() {
      printed = '';
      python.runPython('import json; print(json.dumps([sorted([3, 1, 2]), 2 ** 70, "a" * 3]))');
      return printed;
    },
    long: () => python.runPython('while True: pass'),
    handle: (/** @type {any} */ guard) => guard.on('SIGINT', 'mp_sched_keyboard_interrupt'),
  };
}
