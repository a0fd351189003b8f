// @ts-check
/** raise, mask: inside wasm, without any host. The same program natively; the limit is an indirect call of the handler. */
import { native, wasm } from '../programs.mjs';
import { exactly, medianOf } from '../stats.mjs';

/** @typedef {import('../stats.mjs').Summary} Summary */

/** @param {import('../run.mjs').Context} context */
export async function primitives({ runs, quick, peers }) {
  /** @typedef {Record<'raise' | 'mask' | 'call', Summary>} Printed */
  /** @type {Printed[]} */
  const ours = [];
  /** @type {Printed[]} */
  const theirs = [];
  const times = quick ? 5000 : 20000;
  for (let run = 0; run < runs; run++) {
    ours.push(JSON.parse(await wasm('primitives', [times], { instrument: true })));
    theirs.push(JSON.parse(await native('primitives', times)));
  }
  /** @param {'raise' | 'mask' | 'call'} which @returns {{id: string, unit: string, ours: Summary, limit: Summary, peers: Record<string, Summary>}} */
  const row = (which) => ({
    id: which, unit: 'ns', ours: medianOf(ours.map((one) => one[which])), limit: medianOf(ours.map(({ call }) => call)),
    peers: { native: medianOf(theirs.map((one) => one[which])) },
  });
  const [raise, mask] = [row('raise'), row('mask')];
  for (const peer of peers) {
    const ns = await peer.raise();
    if (ns !== undefined) raise.peers[peer.name] = exactly(ns);
  }
  return [
    judged(raise, '<= 40 ns, 20 x faster than native', raise.ours.p50 <= 40 && raise.peers.native.p50 >= 20 * raise.ours.p50),
    judged(mask, '<= 20 ns', mask.ours.p50 <= 20),
  ];
}

/**
 * @template {{ours: Summary, limit: Summary}} R
 * @param {R} row
 * @param {string} bar
 * @param {boolean} met
 */
function judged(row, bar, met) {
  const { ours, limit } = row;
  return { ...row, bar, met, ...(met ? {} : { why: `${ours.p50.toFixed(1)} ns, and no limit of the engine explains it: a call of the handler by its address takes ${limit.p50.toFixed(1)}` }) };
}
