// @ts-check
export const packages = ['@hpcc-js/wasm-graphviz'];
export const does = 'a graph of 2,000 nodes by `neato`';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { Graphviz } = await use('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  const edges = Array.from({ length: 6000 }, (_, i) => `n${i % 2000} -- n${(i * i + 7) % 2000}`);
  return {
    smoke: () => graphviz.layout('digraph { a -> b -> c; a -> c }', 'plain', 'dot'),
    long: () => graphviz.layout(`graph { ${edges.join(';')} }`, 'plain', 'neato').length,
  };
}
