// @ts-check
/** Order statistics. */

/** @typedef {{p50: number, p99: number, least?: number, most?: number, samples?: number}} Summary */

/**
 * @param {ArrayLike<number>} samples
 * @returns {Summary}
 */
export function summary(samples) {
  const sorted = Float64Array.from(samples).sort();
  if (!sorted.length) throw new Error('nothing was measured');
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), least: sorted[0], most: sorted[sorted.length - 1], samples: sorted.length };
}

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
