// @ts-check
export const packages = ['libsodium-wrappers-sumo'];
export const does = 'a password hash of 2^30 operations';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const sodium = load('libsodium-wrappers-sumo');
  await sodium.ready;
  const salt = new Uint8Array(16).fill(7);
  const hash = (/** @type {number} */ operations) =>
    sodium.crypto_pwhash(16, 'p', salt, operations, 1 << 20, sodium.crypto_pwhash_ALG_ARGON2ID13, 'hex');
  return { smoke: () => [sodium.crypto_generichash(16, 'abc', null, 'hex'), hash(3)], long: () => hash(2 ** 30) };
}
