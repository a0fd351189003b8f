// @ts-check
export const packages = ['jq-web'];
export const does = 'a range of 10^12';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const jq = await load('jq-web');
  return {
    smoke: () => jq.json({ a: [3, 1, 2] }, '[.a | sort, map(. * 2), add]'),
    long: () => jq.json({}, 'last(range(1e12))'),
  };
}
