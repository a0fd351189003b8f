// @ts-check
export const packages = ['hash-wasm'];
export const oneGuard = true; // their handle is known before
export const does = 'bcrypt with a cost of 20';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { argon2id, bcrypt, sha256 } = await use('hash-wasm');
  const salt = new Uint8Array(16).fill(7);
  await bcrypt({ password: 'p', salt, costFactor: 4 });
  return {
    smoke: async () => [
      await sha256('abc'),
      await bcrypt({ password: 'p', salt, costFactor: 4 }),
      await argon2id({ password: 'p', salt, parallelism: 1, iterations: 2, memorySize: 64, hashLength: 16 }),
    ],
    long: () => bcrypt({ password: 'p', salt, costFactor: 20 }),
  };
}
