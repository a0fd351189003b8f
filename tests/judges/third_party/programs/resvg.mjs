// @ts-check
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const packages = ['@resvg/resvg-wasm'];
export const does = 'turbulence of 6000 x 6000 pixels';

const svg = (/** @type {number} */ size, /** @type {string} */ content) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">${content}</svg>`;
const NOISE = '<filter id="f"><feTurbulence baseFrequency="0.05" numOctaves="9"/></filter>';

/** @param {import('../program.mjs').Access} access */
export async function open({ path, use }) {
  const { initWasm, Resvg } = await use('@resvg/resvg-wasm');
  await initWasm(readFileSync(path('@resvg/resvg-wasm/index_bg.wasm')));
  const render = (/** @type {string} */ text) => new Resvg(text).render().asPng();
  return {
    smoke: () =>
      createHash('sha256')
        .update(render(svg(40, '<circle cx="20" cy="20" r="15" fill="teal"/>')))
        .digest('hex'),
    long: () => render(svg(6000, `${NOISE}<rect width="6000" height="6000" filter="url(#f)"/>`)).length,
  };
}
