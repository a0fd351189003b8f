// @ts-check
export const packages = ['@adguard/re2-wasm'];
export const does = 'a pattern over 400 MB, in pieces of 40 kB';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const { RE2 } = load('@adguard/re2-wasm');
  const pattern = new RE2('(a|b)*c(d|e)+', 'u');
  const slow = new RE2('(x+x+)+y', 'u');
  const text = 'x'.repeat(4e4);
  return {
    smoke: () => [...(pattern.exec('zzababcdde') ?? [])],
    long() {
      for (let i = 0; i < 10_000; i++) slow.test(text);
    },
  };
}
