// @ts-check
import { Reader, Writer } from './binary.js';
import { looks } from './placement.js';
import { OP, walkBody } from './walk.js';

/** @typedef {import('./module.js').ModuleView} ModuleView */

/**
 * What a longjmp by JavaScript is made of, Emscripten's default.
 *
 * The compiler calls what may jump through imports `invoke_...`, which catch the exception. `emscripten_longjmp` has stored what the jump is to, by `setThrew`, in two words of memory, and
 * the code behind each such call asks those words, as the handler of a try does in the other lowerings. The exception is a number, which is lost; one of another kind, as exit() throws, leaves the words 0.
 *
 * @typedef {object} OlderLongjmp
 * @property {(callee: number) => boolean} invokes whether a function is such an import
 * @property {number} thrower the import that throws
 * @property {number} stackPointer the global, which those imports set back
 * @property {Word} threw where the address of the jmp_buf is
 * @property {Word} value where the value of the jump is
 */

/** The code that gives the word's address, and the operand of the instructions that read and write it. @typedef {{address: Uint8Array, operand: Uint8Array}} Word */

/**
 * @param {ModuleView} view
 * @returns {OlderLongjmp | null | undefined} null: there is no such longjmp in the module; undefined: there is, but its words cannot be found
 */
export function findOlderLongjmp(view) {
  const { importedFunctionNames: names, exports } = view;
  const thrower = names.indexOf('_emscripten_throw_longjmp');
  if (thrower < 0) return null;
  const setThrew = codeOf(view, exports.get('setThrew'));
  const restore = codeOf(view, exports.get('_emscripten_stack_restore'));
  const words = setThrew && wordsOf(setThrew);
  const stackPointer = restore?.length === 2 && restore[0].opcode === OP.localGet && restore[1].opcode === OP.globalSet ? restore[1].immediate : -1;
  if (!words || stackPointer < 0) return undefined;
  const invoking = names.map((name) => name.startsWith('invoke_'));
  return { ...words, thrower, stackPointer, invokes: (callee) => invoking[callee] ?? false };
}

/** @typedef {{opcode: number, immediate: number, bytes: Uint8Array}} Instruction */

/** The instructions of an exported function, without its constructs. @param {ModuleView} view @param {import('./module.js').Export | undefined} exported @returns {Instruction[] | null} */
function codeOf(view, exported) {
  const body = exported?.kind === 0 ? view.bodies[exported.index - view.importedFunctions] : undefined;
  if (!body) return null;
  /** @type {Instruction[]} */
  const code = [];
  const nothing = () => {};
  walkBody(new Reader(view.bytes, body.start, body.end), {
    begin: nothing, open: nothing, arm: nothing, close: nothing, branch: nothing,
    instruction: (opcode, immediate, at, after) => code.push({ opcode, immediate, bytes: view.bytes.subarray(at, after) }),
  });
  return code;
}

/** What an address is made of; __THREW__ is a variable of its thread where there are threads. @type {Set<number>} */
const PARTS = new Set([OP.i32Const, OP.globalGet, OP.i32Add]);

/**
 * Reads `if (!__THREW__) { __THREW__ = threw; __threwValue = value; }`.
 *
 * @param {Instruction[]} code
 * @returns {{threw: Word, value: Word} | null}
 */
function wordsOf(code) {
  /** @param {number} end behind the code of an address @param {Instruction} access */
  const word = (end, { bytes }) => {
    let start = end;
    while (start > 0 && PARTS.has(code[start - 1].opcode)) --start;
    const address = new Writer(16);
    for (const part of code.slice(start, end)) address.append(part.bytes);
    return { address: address.view(), operand: bytes.subarray(1) };
  };
  const stores = code.flatMap(({ opcode }, i) => (opcode === OP.i32Store && code[i - 1]?.opcode === OP.localGet ? [i] : []));
  const stored = (/** @type {number} */ parameter) => stores.filter((i) => code[i - 1].immediate === parameter).map((i) => word(i - 1, code[i]));
  const [threw, ...more] = stored(0);
  const [value, ...others] = stored(1);
  const load = code.findIndex(({ opcode }) => opcode === OP.i32Load);
  if (!threw || !value || more.length + others.length > 0 || load < 0) return null;
  const asked = word(load, code[load]);
  const isSame = [asked, value].map((one) => String([one.address, one.operand]) === String([threw.address, threw.operand]));
  return isSame[0] && !isSame[1] && threw.address.length > 0 && value.address.length > 0 ? { threw, value } : null;
}

/** Functions with looks in loops that may have a setjmp. @param {ModuleView} view @param {import('./plan.js').FunctionPlan[]} functions the module's own */
export function invoking({ importedFunctions: first, importedFunctionNames: names }, functions) {
  const invokes = (/** @type {number} */ callee) => names[callee]?.startsWith('invoke_');
  return functions.flatMap(({ excuse, placement: { loops, callees } }, i) => (excuse === '' && loops.some(looks) && [...callees].some(invokes) ? [first + i] : []));
}
