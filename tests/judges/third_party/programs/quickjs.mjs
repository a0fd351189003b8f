// @ts-check
export const packages = [
  'quickjs-emscripten',
  '@jitl/quickjs-wasmfile-release-sync',
  '@jitl/quickjs-wasmfile-release-asyncify',
  '@jitl/quickjs-wasmfile-debug-sync',
  '@jitl/quickjs-wasmfile-debug-asyncify',
];
export const does = '`for (;;) {}`';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { getQuickJS } = await use('quickjs-emscripten');
  const context = (await getQuickJS()).newContext();
  const evaluate = (/** @type {string} */ code) => {
    const handle = context.unwrapResult(context.evalCode(code));
    const value = context.dump(handle);
    handle.dispose();
    return value;
  };
  return {
    smoke: () => evaluate('JSON.stringify([[3, 1, 2].sort(), 2 ** 40, /(a+)b/.exec("xaab")])'),
    long: () => evaluate('for (;;) {}'),
  };
}
