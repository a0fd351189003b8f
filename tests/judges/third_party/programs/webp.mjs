// @ts-check
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const packages = ['@jsquash/webp'];
export const does = 'an image of 1200 x 1200 pixels';

/** Pixels without a pattern. @param {number} width @param {number} height */
function image(width, height) {
  const data = new Uint8ClampedArray(4 * width * height).map((_, i) => (i * i) >> 5);
  return { data, width, height, colorSpace: 'srgb' };
}

/** @param {import('../program.mjs').Access} access */
export async function open({ path, use }) {
  const { default: encode, init } = await use('@jsquash/webp/encode.js');
  const file = path('@jsquash/webp/codec/enc/webp_enc_simd.wasm');
  await init(await WebAssembly.compile(readFileSync(file)));
  const large = image(1200, 1200);
  return {
    smoke: async () =>
      createHash('sha256')
        .update(new Uint8Array(await encode(image(20, 20))))
        .digest('hex'),
    long: () => encode(large, { method: 6, quality: 100, lossless: 1, near_lossless: 100, exact: 1 }),
  };
}
