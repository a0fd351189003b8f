// @ts-check
/**
 * Whether what a guest's address points to is not all in its memory: EFAULT. Asked on entry, since memory never shrinks. An i32 comes as a negative number from 2 GiB on.
 * @param {DataView} words
 * @param {number} at
 * @param {number} bytes
 */
export function outside(words, at, bytes) {
  return (at >>> 0) + bytes > words.byteLength;
}
