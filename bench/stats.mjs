// @ts-check
/** Order statistics. */

/**
 * `least` and `most` of a median over runs: the lowest and highest p50 of a run, which is its spread.
 * @typedef {{p50: number, p99: number, least?: number, most?: number, samples?: number}} Summary
 */

/**
 * @param {ArrayLike<number>} samples
 * @returns {Summary}
 */
export function summary(samples) {
  const sorted = Float64Array.from(samples).sort();
  if (!sorted.length) throw new Error('nothing was measured');
  return {
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    least: sorted[0],
    most: sorted[sorted.length - 1],
    samples: sorted.length,
  };
}

/** One number that is no sample of many. @param {number} value @returns {Summary} */
export const exactly = (value) => ({ p50: value, p99: value });

/** @param {ArrayLike<number>} sorted @param {number} q */
function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** @param {number[]} numbers */
export function median(numbers) {
  return summary(numbers).p50;
}

/**
 * The median over runs of each figure of a summary.
 * @param {Summary[]} runs
 * @returns {Summary}
 */
export function medianOf(runs) {
  return {
    p50: median(runs.map(({ p50 }) => p50)),
    p99: median(runs.map(({ p99 }) => p99)),
    least: Math.min(...runs.map(({ p50 }) => p50)),
    most: Math.max(...runs.map(({ p50 }) => p50)),
    samples: runs.reduce((sum, { samples = 1 }) => sum + samples, 0),
  };
}

/** @param {number[]} ratios */
export function geomean(ratios) {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

/** Points of a `tail` for each power of ten of the share. */
const POINTS = 12;

/**
 * The shape of a distribution in few numbers, for plots: pairs of a share and the time that this share of the samples is above. The shares
 * fall from 1 to one sample, evenly on a logarithmic axis.
 * @param {ArrayLike<number>} samples
 * @returns {[share: number, value: number][]}
 */
export function tail(samples) {
  const sorted = Float64Array.from(samples).sort();
  const { length } = sorted;
  const count = Math.ceil(Math.log10(length) * POINTS);
  return Array.from({ length: count + 1 }, (_, i) => {
    const share = Math.max(1 / length, 10 ** (-i / POINTS));
    return [
      Number(share.toPrecision(4)),
      Number(sorted[Math.min(length - 1, Math.floor((1 - share) * length))].toPrecision(4)),
    ];
  });
}

/** What several programs were measured to do, run by run. `ours` and `limit` are two of their names; all others are `others`. */
export class Runs {
  /** @type {Map<string, {summaries: Summary[], samples: ArrayLike<number>[]}>} */
  #all = new Map();

  /** @param {string} name @param {ArrayLike<number>} samples of one run */
  add(name, samples) {
    const one = this.#all.get(name) ?? { summaries: [], samples: [] };
    this.#all.set(name, one);
    one.summaries.push(summary(samples));
    one.samples.push(samples);
  }

  /** The medians over the runs, and the distributions over all samples. */
  result() {
    const medians = Object.fromEntries([...this.#all].map(([name, { summaries }]) => [name, medianOf(summaries)]));
    const { ours, limit, ...others } = medians;
    const distributions = Object.fromEntries(
      [...this.#all].map(([name, { samples }]) => [name, tail(samples.flatMap((run) => [...Array.from(run)]))]),
    );
    return { ours, limit, others, distributions };
  }
}
