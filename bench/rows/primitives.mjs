// @ts-check
/** raise, mask: inside wasm, without any host. The same program natively. */
import { native, wasm } from '../programs.mjs';
import { medianOf } from '../stats.mjs';

/** @param {import('../run.mjs').Context} context */
export async function primitives({ runs, quick }) {
  /** @typedef {{raise: import('../stats.mjs').Summary, mask: import('../stats.mjs').Summary}} Printed */
  /** @type {Printed[]} */
  const ours = [];
  /** @type {Printed[]} */
  const theirs = [];
  const times = quick ? 5000 : 20000;
  for (let run = 0; run < runs; run++) {
    ours.push(JSON.parse(await wasm('primitives', [times], { instrument: true })));
    theirs.push(JSON.parse(await native('primitives', times)));
  }
  /** @param {'raise' | 'mask'} which */
  const row = (which) => ({ id: which, unit: 'ns', ours: medianOf(ours.map((one) => one[which])), peers: { native: medianOf(theirs.map((one) => one[which])) } });
  const [raise, mask] = [row('raise'), row('mask')];
  return [
    { ...raise, bar: '<= 40 ns, 20 x faster than native', met: raise.ours.p50 <= 40 && raise.peers.native.p50 >= 20 * raise.ours.p50 },
    { ...mask, bar: '<= 20 ns', met: mask.ours.p50 <= 20 },
  ];
}
