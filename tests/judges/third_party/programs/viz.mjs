// @ts-check
export const packages = ['@viz-js/viz'];
export const does = 'a graph of 2,000 nodes by `neato`';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { instance } = await use('@viz-js/viz');
  const viz = await instance();
  const edges = Array.from({ length: 6000 }, (_, i) => `n${i % 2000} -- n${(i * i + 7) % 2000}`);
  return {
    smoke: () => viz.renderString('digraph { a -> b -> c; a -> c }', { format: 'plain' }),
    long: () => viz.renderString(`graph { ${edges.join(';')} }`, { format: 'plain', engine: 'neato' }).length,
  };
}
