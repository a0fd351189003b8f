// @ts-check
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const packages = ['@jsquash/avif'];
export const does = 'an image of 700 x 700 pixels';

/** Pixels without a pattern. @param {number} width @param {number} height */
function image(width, height) {
  const data = new Uint8ClampedArray(4 * width * height).map((_, i) => (i * i) >> 5);
  return { data, width, height, colorSpace: 'srgb' };
}

/** @param {import('../program.mjs').Access} access */
export async function open({ path, use }) {
  const { default: encode, init } = await use('@jsquash/avif/encode.js');
  const file = path('@jsquash/avif/codec/enc/avif_enc.wasm');
  await init(await WebAssembly.compile(readFileSync(file)));
  const large = image(700, 700);
  return {
    smoke: async () =>
      createHash('sha256')
        .update(new Uint8Array(await encode(image(20, 20))))
        .digest('hex'),
    long: () => encode(large, { speed: 0, effort: 9 }),
  };
}
