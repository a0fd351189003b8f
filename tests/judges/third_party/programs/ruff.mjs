// @ts-check
export const packages = ['@astral-sh/ruff-wasm-nodejs'];
export const does = '100,000 lines of Python checked';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const { PositionEncoding, Workspace } = load('@astral-sh/ruff-wasm-nodejs');
  const workspace = new Workspace({ lint: { select: ['E4', 'E7', 'E9', 'F'] } }, PositionEncoding.Utf16);
  const large = 'x = [a + 1 for a in b if a != None]\n'.repeat(100_000);
  return {
    smoke: () =>
      workspace.check('import os\nprint(x); y = 1\n').map((/** @type {any} */ one) => [one.code, one.message]),
    long: () => workspace.check(large).length,
  };
}
