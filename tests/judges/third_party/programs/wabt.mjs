// @ts-check
export const packages = ['wabt'];
export const does = 'a module of 100,000 functions assembled';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const wabt = await load('wabt')();
  const assemble = (/** @type {string} */ text) => {
    const module = wabt.parseWat('a.wat', text);
    try {
      return module.toBinary({}).buffer;
    } finally {
      module.destroy();
    }
  };
  const large = `(module ${'(func (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))\n'.repeat(100_000)})`;
  return {
    smoke: () => [...assemble('(module (func (export "f") (result i32) (i32.const 42)))')],
    long: () => assemble(large).length,
  };
}
