// @ts-check
export const packages = ['z3-solver'];
export const does = 'a product of two primes factored';

export const known = {
  ended: 'it computes in threads of its own, which `run()` of this thread does not reach',
};

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { init } = await use('z3-solver');
  const { Context } = await init();
  const { BitVec, Solver } = new Context('main');
  return {
    async smoke() {
      const solver = new Solver();
      const x = BitVec.const('x', 16);
      solver.add(x.mul(BitVec.val(3, 16)).eq(BitVec.val(21, 16)), x.ult(BitVec.val(100, 16)));
      return [await solver.check(), solver.model().eval(x).toString()];
    },
    async long() {
      const solver = new Solver();
      const [x, y] = [BitVec.const('x', 128), BitVec.const('y', 128)];
      solver.add(
        x.mul(y).eq(BitVec.val(1000000016000000063n * 1000000009n, 128)),
        x.ugt(BitVec.val(1, 128)),
        y.ugt(BitVec.val(1, 128)),
        x.ult(y),
      );
      return solver.check();
    },
  };
}
