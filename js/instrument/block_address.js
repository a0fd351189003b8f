// @ts-check
import { Reader } from './binary.js';
import { InstrumentError } from './instrument_error.js';
import { functionBody, functionType } from './module_sections.js';

/** @typedef {import('./module_sections.js').ModuleView} ModuleView */

/** The deepest chain of calls that is followed: compilers and linkers wrap an exported function once or twice. */
const MAX_CALLS = 8;

class NotConstant extends Error {}

/**
 * Evaluates a function `() -> i32` that returns a constant. It understands the code that compilers generate for `return
 * &object;`, with and without optimisation: constants, sums, locals, immutable globals, and calls of such functions.
 *
 * @param {ModuleView} view
 * @param {number} index
 * @returns {number} as an unsigned number
 */
export function readBlockAddress(view, index) {
  try {
    return evaluate(view, index, 0) >>> 0;
  } catch (error) {
    if (!(error instanceof NotConstant)) throw error;
    throw new InstrumentError(
      'bad-block',
      `wasmsig_block does not return a constant that can be read from its code (${error.message}): ` +
        'link the program as an ordinary executable (not -fPIC, -shared or a side module) with the unchanged libwasmsig',
    );
  }
}

/**
 * @param {ModuleView} view
 * @param {number} index
 * @param {number} calls
 * @returns {number}
 */
function evaluate(view, index, calls) {
  const body = functionBody(view, index);
  if (!body) throw new NotConstant('it is imported');
  if (calls > MAX_CALLS) throw new NotConstant('it calls too deep');
  const reader = new Reader(view.bytes, body.start, body.end);
  /** @type {number[]} */
  const locals = [];
  for (let groups = reader.u32(); groups > 0; --groups) {
    const count = reader.u32();
    const type = reader.u8();
    if (type !== 0x7f || locals.length + count > 64) throw new NotConstant('it has unexpected locals');
    for (let i = 0; i < count; ++i) locals.push(0);
  }
  return run(view, reader, locals, calls);
}

/**
 * Interprets straight-line code to its end.
 *
 * @param {ModuleView} view
 * @param {Reader} reader
 * @param {number[]} locals
 * @param {number} calls
 * @returns {number} the one value that it leaves
 */
function run(view, reader, locals, calls) {
  /** @type {number[]} */
  const stack = [];
  const pop = () => {
    const value = stack.pop();
    if (value === undefined) throw new NotConstant('its code is not understood');
    return value;
  };
  const local = () => {
    const index = reader.u32();
    if (index >= locals.length) throw new NotConstant('its code is not understood');
    return index;
  };
  for (;;) {
    const opcode = reader.u8();
    switch (opcode) {
      case 0x01:
        break; // nop
      case 0x0b: // end
      case 0x0f:
        return pop(); // return
      case 0x10: {
        // call
        const callee = reader.u32();
        const type = functionType(view, callee);
        if (type?.paramCount !== 0 || type.resultCount > 1) throw new NotConstant('it calls a function');
        // A function without parameters and results (the constructors, in a wrapper made by the linker) cannot change a
        // constant.
        if (type.resultCount === 1) stack.push(evaluate(view, callee, calls + 1));
        break;
      }
      case 0x1a:
        pop();
        break;
      case 0x20:
        stack.push(locals[local()]);
        break;
      case 0x21: {
        const value = pop();
        locals[local()] = value;
        break;
      }
      case 0x22: {
        const value = pop();
        locals[local()] = value;
        stack.push(value);
        break;
      }
      case 0x23:
        stack.push(readGlobal(view, reader.u32(), calls));
        break;
      case 0x41:
        stack.push(reader.s33() | 0);
        break;
      case 0x6a:
        stack.push((pop() + pop()) | 0);
        break;
      case 0x6b: {
        const right = pop();
        stack.push((pop() - right) | 0);
        break;
      }
      default:
        throw new NotConstant(`instruction 0x${opcode.toString(16).padStart(2, '0')}`);
    }
  }
}

/**
 * @param {ModuleView} view
 * @param {number} index
 * @param {number} calls
 */
function readGlobal(view, index, calls) {
  const global = view.globals[index - view.importedGlobals];
  if (!global) throw new NotConstant('it reads an imported global');
  if (global.mutable) throw new NotConstant('it reads a global that can change');
  if (calls > MAX_CALLS) throw new NotConstant('it reads globals too deep');
  return run(
    { ...view, globals: view.globals.slice(0, Math.max(0, index - view.importedGlobals)) },
    new Reader(view.bytes, global.start, global.end),
    [],
    calls + 1,
  );
}
