// @ts-check
export const packages = ['@astrojs/compiler'];
export const does = 'a page of 200,000 elements';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { transform } = await use('@astrojs/compiler');
  const large = '<p class="a">{b}</p>\n'.repeat(200_000);
  return {
    smoke: async () => (await transform('---\nconst a = 1;\n---\n<h1>{a}</h1>', { filename: 'a.astro' })).code,
    long: async () => (await transform(large, { filename: 'b.astro' })).code.length,
  };
}
