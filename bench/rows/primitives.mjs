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
    id: which,
    unit: 'ns',
    ours: medianOf(ours.map((one) => one[which])),
    limit: medianOf(ours.map(({ call }) => call)),
    peers: { native: medianOf(theirs.map((one) => one[which])) },
  });
  const [raise, mask] = [row('raise'), row('mask')];
  for (const peer of peers) {
    const ns = await peer.raise();
    if (ns !== undefined) raise.peers[peer.name] = exactly(ns);
  }
  return [judged(raise, 12, 30), judged(mask, 6, 12)];
}

/**
 * @template {{ours: Summary, limit: Summary, peers: Record<string, Summary>}} R
 * @param {R} row
 * @param {number} most    calls of the handler by its address that it may take
 * @param {number} faster  than natively, at least
 */
function judged(row, most, faster) {
  const {
    ours,
    limit,
    peers: { native: theirs },
  } = row;
  const met = ours.p50 <= most * limit.p50 && theirs.p50 >= faster * ours.p50;
  const why = `${(ours.p50 / limit.p50).toFixed(1)} calls of the handler by its address (${limit.p50.toFixed(1)} ns each), ${(theirs.p50 / ours.p50).toFixed(1)} x faster than natively`;
  return { ...row, bar: `<= ${most} calls by address, ${faster} x faster than native`, met, ...(met ? {} : { why }) };
}
