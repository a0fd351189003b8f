// @ts-check
export const packages = ['@bokuweb/zstd-wasm'];
export const does = '20 MB compressed with level 22';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const { compress, decompress, init } = load('@bokuweb/zstd-wasm');
  await init();
  const large = new Uint8Array(20e6).map((_, i) => (i * i) >> 7);
  return {
    smoke: () => Buffer.from(decompress(compress(Buffer.from('abc'.repeat(999)), 10))).toString().length,
    long: () => compress(large, 22).length,
  };
}
