// @ts-check
/** The number of columns that a character takes on a terminal. */

const MARK = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff]$/u;
/** East Asian wide and fullwidth characters, in the blocks that terminals use. */
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;

/**
 * The width of a character on terminals of Unicode 9 and later, where emoji are wide.
 * @param {number} codePoint
 * @returns {number} 0, 1 or 2; 0 for combining marks
 */
export function width(codePoint) {
  return EMOJI.test(String.fromCodePoint(codePoint)) ? 2 : narrowEmojiWidth(codePoint);
}

/**
 * The width of a character on terminals of Unicode 6, where emoji take one column. xterm.js is one, unless an add-on
 * changes it.
 * @param {number} codePoint
 * @returns {number}
 */
export function narrowEmojiWidth(codePoint) {
  if (codePoint < 0x300) return 1;
  const character = String.fromCodePoint(codePoint);
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
