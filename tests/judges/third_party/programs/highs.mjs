// @ts-check
export const packages = ['highs'];
export const does = 'a market split problem of 6 rows and 50 columns';

/** Equations of numbers without a pattern, which have no solution that bounds would find. @returns {string} */
function marketSplit() {
  let seed = 1;
  const number = () => (seed = (seed * 48271) % 2147483647) % 100;
  const rows = Array.from({ length: 6 }, (_, r) => {
    const row = Array.from({ length: 50 }, number);
    const half = Math.floor(row.reduce((sum, value) => sum + value, 0) / 2);
    return ` r${r}: ${row.map((value, c) => `${value} x${c}`).join(' + ')} + s${r} - t${r} = ${half}`;
  });
  const slack = rows.map((_, r) => `s${r} + t${r}`).join(' + ');
  const names = Array.from({ length: 50 }, (_, c) => `x${c}`).join(' ');
  return `Minimize\n obj: ${slack}\nSubject To\n${rows.join('\n')}\nBinary\n ${names}\nEnd`;
}

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const highs = await load('highs')();
  const problem = 'Maximize\n obj: 3 x + 5 y\nSubject To\n a: x + 2 y <= 40\n b: 2 x + y <= 50\nGeneral\n x y\nEnd';
  const solve = (/** @type {string} */ text) => highs.solve(text, { output_flag: false });
  return {
    smoke() {
      const { Status, ObjectiveValue } = solve(problem);
      return [Status, ObjectiveValue];
    },
    long: () => solve(marketSplit()).Status,
  };
}
