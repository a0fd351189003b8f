// @ts-check
/**
 * Whether any part of a range is outside of the guest's memory, for which a call fails with EFAULT. Calls check this on
 * entry; memory never shrinks, so the answer stays true. An i32 address from 2 GiB on arrives as a negative number.
 * @param {DataView} words  all of the guest's memory
 * @param {number} at
 * @param {number} bytes
 */
export function outside(words, at, bytes) {
  return (at >>> 0) + bytes > words.byteLength;
}
