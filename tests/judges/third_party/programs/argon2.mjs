// @ts-check
export const packages = ['argon2-browser'];
export const does = '100,000 rounds over 1 MiB';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const argon2 = load('argon2-browser');
  const hash = (/** @type {number} */ time) => argon2.hash({ pass: 'p', salt: 'somesalt', time, mem: 1024 });
  return { smoke: async () => (await hash(1)).encoded, long: async () => (await hash(100_000)).encoded };
}
