// @ts-check
export const packages = ['brotli-wasm'];
export const does = '60 MB compressed with quality 11';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const brotli = load('brotli-wasm');
  const large = new Uint8Array(60e6).map((_, i) => (i * i) >> 7);
  return {
    smoke: () => Buffer.from(brotli.decompress(brotli.compress(Buffer.from('abc'.repeat(999))))).toString().length,
    long: () => brotli.compress(large, { quality: 11 }).length,
  };
}
