// @ts-check
import { Reader } from './binary.js';
import { hasSafePoint } from './placement.js';
import { OP, walkBody } from './walk.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */

/**
 * The parts of a longjmp that is implemented in JavaScript, Emscripten's default.
 *
 * The compiler makes calls that may jump through imports `invoke_...`, which catch the exception. `emscripten_longjmp`
 * has stored the target of the jump with `setThrew` in two words of memory. The code after each such call reads these
 * words, as the handler of a try does in the other lowerings. The exception is a number, and is dropped; an exception
 * of another kind, as thrown by exit(), leaves the words 0.
 *
 * @typedef {object} OlderLongjmp
 * @property {(callee: number) => boolean} invokes whether a function is such an import
 * @property {number} thrower the import that throws
 * @property {number} stackPointer the global, which those imports reset
 * @property {Word} threw the word with the address of the jmp_buf
 * @property {Word} value the word with the value of the jump
 */

/**
 * The code that computes the word's address, and the operand of the instructions that read and write it.
 * @typedef {{address: Uint8Array, operand: Uint8Array}} Word
 */

/**
 * @param {ModuleView} view
 * @returns {OlderLongjmp | null | undefined} null: there is no such longjmp in the module; undefined: there is, but its
 *   words cannot be found
 */
export function findOlderLongjmp(view) {
  const { importedFunctionNames: names, exports } = view;
  const thrower = names.indexOf('_emscripten_throw_longjmp');
  if (thrower < 0) return null;
  const setThrew = codeOf(view, exports.get('setThrew'));
  const restore = codeOf(view, exports.get('_emscripten_stack_restore'));
  const words = setThrew && wordsOf(setThrew);
  const stackPointer =
    restore?.length === 2 && restore[0].opcode === OP.localGet && restore[1].opcode === OP.globalSet
      ? restore[1].immediate
      : -1;
  if (!words || stackPointer < 0) return undefined;
  const invoking = names.map((name) => name.startsWith('invoke_'));
  return { ...words, thrower, stackPointer, invokes: (callee) => invoking[callee] ?? false };
}

/** @typedef {{opcode: number, immediate: number, bytes: Uint8Array}} Instruction */

/**
 * The instructions of an exported function, without its constructs.
 * @param {ModuleView} view
 * @param {import('./module_sections.js').Export | undefined} exported
 * @returns {Instruction[] | null}
 */
function codeOf(view, exported) {
  const body = exported?.kind === 0 ? view.bodies[exported.index - view.importedFunctions] : undefined;
  if (!body) return null;
  /** @type {Instruction[]} */
  const code = [];
  const nothing = () => {};
  walkBody(new Reader(view.bytes, body.start, body.end), {
    begin: nothing,
    open: nothing,
    arm: nothing,
    close: nothing,
    branch: nothing,
    instruction: (opcode, immediate, at, after) =>
      code.push({ opcode, immediate, bytes: view.bytes.subarray(at, after) }),
  });
  return code;
}

/**
 * Reads `if (!__THREW__) { __THREW__ = threw; __threwValue = value; }` by symbolic execution: the value of an address
 * is the code that computes it, and the value of a parameter is its number. In a program with threads both words are
 * thread-local.
 *
 * @param {Instruction[]} code
 * @returns {{threw: Word, value: Word} | null}
 */
function wordsOf(code) {
  /** @type {(Uint8Array | number)[]} */
  const stack = [];
  /** @type {Map<number, Uint8Array | number>} */
  const locals = new Map([
    [0, 0],
    [1, 1],
  ]);
  /** @type {Word[]} */
  const asked = [];
  /** @type {Word[][]} */
  const stored = [[], []];
  const pop = () => stack.pop() ?? -1;
  const word = (/** @type {Uint8Array | number} */ address, /** @type {Uint8Array} */ access) =>
    typeof address === 'number' ? [] : [{ address, operand: access.subarray(1) }];
  for (const { opcode, immediate, bytes } of code) {
    switch (opcode) {
      case OP.i32Const:
      case OP.globalGet:
        stack.push(bytes);
        break;
      case OP.i32Add: {
        const [second, first] = [pop(), pop()];
        stack.push(
          typeof first === 'number' || typeof second === 'number' ? -1 : Uint8Array.of(...first, ...second, opcode),
        );
        break;
      }
      case OP.localGet:
        stack.push(locals.get(immediate) ?? -1);
        break;
      case OP.localTee:
        locals.set(immediate, stack[stack.length - 1] ?? -1);
        break;
      case OP.localSet:
        locals.set(immediate, pop());
        break;
      case OP.i32Load:
        asked.push(...word(pop(), bytes));
        stack.push(-1);
        break;
      case OP.i32Store: {
        const [value, address] = [pop(), pop()];
        if (value !== 0 && value !== 1) return null;
        stored[value].push(...word(address, bytes));
        break;
      }
      case OP.i32Eqz:
      case OP.brIf:
        break; // the condition stays on the stack, which does no harm
      default:
        return null;
    }
  }
  if (asked.length !== 1 || stored[0].length !== 1 || stored[1].length !== 1) return null;
  const [threw, value] = [stored[0][0], stored[1][0]];
  return isSame(asked[0], threw) && !isSame(value, threw) ? { threw, value } : null;
}

/** @param {Word} a @param {Word} b */
const isSame = (a, b) => String([a.address, a.operand]) === String([b.address, b.operand]);

/**
 * Functions with safe points in loops that may contain a setjmp.
 * @param {ModuleView} view
 * @param {import('./plan.js').FunctionPlan[]} functions the module's own
 */
export function invoking({ importedFunctions: first, importedFunctionNames: names }, functions) {
  const invokes = (/** @type {number} */ callee) => names[callee]?.startsWith('invoke_');
  return functions.flatMap(({ excuse, placement: { loops, callees } }, i) =>
    excuse === '' && loops.some(hasSafePoint) && [...callees].some(invokes) ? [first + i] : [],
  );
}
