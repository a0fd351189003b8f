// @ts-check
export const packages = ['clingo-wasm'];
export const does = '11 pigeons and 10 holes';

const PIGEONS = '1 { at(P, H) : H = 1..10 } 1 :- P = 1..11. :- at(P, H), at(Q, H), P < Q.';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const { init } = load('clingo-wasm');
  let run = await init();
  return {
    smoke() {
      const { Call, Error: said } = run('{ a; b }. :- a, b.', 0);
      if (said !== undefined) throw new Error(`clingo: ${said}`);
      return Call[0].Witnesses.map((/** @type {{Value: string[]}} */ { Value }) => Value);
    },
    long: () => run(PIGEONS),
    recover: {
      renews: true,
      how: '`init()`, which makes a new instance: its solver cannot be started again',
      call: async () => (run = await init()),
    },
  };
}
