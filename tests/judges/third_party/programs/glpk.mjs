// @ts-check
export const packages = ['glpk.js'];
export const does = 'a market split problem of 5 rows and 40 columns';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { default: GLPK } = await use('glpk.js/node');
  const glpk = await GLPK();
  let seed = 1;
  const number = () => (seed = (seed * 48271) % 2147483647) % 100;
  const names = Array.from({ length: 40 }, (_, c) => `x${c}`);
  const subjectTo = Array.from({ length: 5 }, (_, r) => {
    const vars = [
      ...names.map((name) => ({ name, coef: number() })),
      { name: `s${r}`, coef: 1 },
      { name: `t${r}`, coef: -1 },
    ];
    const half = Math.floor(vars.reduce((sum, { coef }) => sum + coef, 0) / 2);
    return { name: `r${r}`, vars, bnds: { type: glpk.GLP_FX, ub: half, lb: half } };
  });
  const slack = subjectTo.flatMap((_, r) => [`s${r}`, `t${r}`]).map((name) => ({ name, coef: 1 }));
  const hard = {
    name: 'split',
    objective: { direction: glpk.GLP_MIN, name: 'obj', vars: slack },
    subjectTo,
    binaries: names,
  };
  const easy = {
    name: 'LP',
    objective: {
      direction: glpk.GLP_MAX,
      name: 'obj',
      vars: [
        { name: 'x', coef: 3 },
        { name: 'y', coef: 5 },
      ],
    },
    subjectTo: [
      {
        name: 'a',
        vars: [
          { name: 'x', coef: 1 },
          { name: 'y', coef: 2 },
        ],
        bnds: { type: glpk.GLP_UP, ub: 40, lb: 0 },
      },
      {
        name: 'b',
        vars: [
          { name: 'x', coef: 2 },
          { name: 'y', coef: 1 },
        ],
        bnds: { type: glpk.GLP_UP, ub: 50, lb: 0 },
      },
    ],
  };
  return {
    smoke: async () => (await glpk.solve(easy, { msglev: 0 })).result,
    long: async () => (await glpk.solve(hard, { msglev: 0 })).result.status,
  };
}
