// @ts-check
export const packages = ['wasmoon'];
export const does = '`while true do end`';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { LuaFactory } = await use('wasmoon');
  const lua = await new LuaFactory().createEngine();
  return {
    smoke: () => lua.doStringSync('local t = {3, 1, 2} table.sort(t) return table.concat(t, ",") .. ("x"):rep(3)'),
    long: () => lua.doStringSync('while true do end'),
  };
}
