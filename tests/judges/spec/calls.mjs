// @ts-check
// Calls of exported functions with every bit of arguments and results. JavaScript has no value for a v128, and may change the bits of a NaN; so a module of
// ours calls, and passes numbers as integers.
import { Reader, leb, name, section, sectionReaders, vector } from '../../support/wasm_binary.js';

const [I32, I64, F32, F64, V128] = [0x7f, 0x7e, 0x7d, 0x7c, 0x7b];
/** funcref, externref, anyref, eqref, i31ref, structref, arrayref and the three of nothing. */
const PLAIN_REFERENCES = [0x70, 0x6f, 0x6e, 0x6d, 0x6c, 0x6b, 0x6a, 0x73, 0x72, 0x71];

/** @typedef {{params: number[], results: number[]}} Signature of value types of one byte */

/**
 * The signatures of the functions that a valid module exports; without those whose types cannot be named in another module.
 *
 * @param {Uint8Array} bytes
 * @returns {Map<string, Signature>}
 */
export function readSignatures(bytes) {
  const within = sectionReaders(bytes);
  const types = readTypes(within(1));
  /** @type {number[]} */
  const functions = [];
  const imports = within(2);
  imports.vector(() => {
    imports.name();
    imports.name();
    const kind = imports.u8();
    if (kind === 0) functions.push(imports.u32());
    else if (kind === 1) {
      readType(imports);
      imports.limits();
    } else if (kind === 2) imports.limits();
    else if (kind === 3) {
      readType(imports);
      imports.u8();
    } else {
      imports.u8();
      imports.u32();
    }
  });
  const declared = within(3);
  declared.vector(() => functions.push(declared.u32()));
  /** @type {Map<string, Signature>} */
  const signatures = new Map();
  const exports = within(7);
  exports.vector(() => {
    const text = exports.name();
    const kind = exports.u8();
    const type = types[functions[exports.u32()]];
    if (kind === 0 && type && [...type.params, ...type.results].every((each) => each !== 0)) signatures.set(text, type);
  });
  return signatures;
}

/** A type of one byte, or 0 for a longer one. @param {Reader} reader */
function readType(reader) {
  const first = reader.u8();
  if (first !== 0x63 && first !== 0x64)
    return [I32, I64, F32, F64, V128, ...PLAIN_REFERENCES].includes(first) ? first : 0;
  while (reader.u8() >= 0x80); // a heap type
  return 0;
}

/** @param {Reader} reader @returns {(Signature | undefined)[]} */
function readTypes(reader) {
  /** @type {(Signature | undefined)[]} */
  const types = [];
  const field = () => {
    readType(reader); // of packed ones too
    reader.u8();
  };
  const one = () => {
    let form = reader.u8();
    if (form === 0x50 || form === 0x4f) {
      reader.vector(() => reader.u32());
      form = reader.u8();
    }
    /** @type {Signature | undefined} */
    let type;
    if (form === 0x60) {
      type = { params: [], results: [] };
      for (const list of [type.params, type.results]) reader.vector(() => list.push(readType(reader)));
    } else if (form === 0x5f) reader.vector(field);
    else field();
    types.push(type);
  };
  reader.vector(() => {
    if (reader.bytes[reader.pos] !== 0x4e) return one();
    reader.u8();
    reader.vector(one);
  });
  return types;
}

/** How a value passes: as its own type, or as integers. @param {number} type */
const passesAs = (type) => ({ [F32]: [I32], [F64]: [I64], [V128]: [I64, I64] })[type] ?? [type];

/** @type {Map<string, WebAssembly.Module>} */
const callers = new Map();

/**
 * @param {Function} callee
 * @param {Signature} signature
 * @param {unknown[]} args  integers for numbers
 * @returns {unknown[]} the same of the results
 */
export function call(callee, signature, args) {
  const key = JSON.stringify(signature);
  let module = callers.get(key);
  if (!module) callers.set(key, (module = new WebAssembly.Module(makeCaller(signature))));
  const { exports } = new WebAssembly.Instance(module, { '': { f: /** @type {any} */ (callee) } });
  const result = /** @type {Function} */ (exports.call)(...args);
  return result === undefined && signature.results.length === 0 ? [] : [result].flat();
}

/** @param {Signature} signature */
function makeCaller({ params, results }) {
  const passed = params.flatMap(passesAs);
  const returned = results.flatMap(passesAs);
  /** @type {number[]} */
  const code = [];
  let local = 0;
  for (const type of params) {
    code.push(0x20, ...leb(local++));
    if (type === F32) code.push(0xbe);
    if (type === F64) code.push(0xbf);
    if (type === V128) code.push(0xfd, 18, 0x20, ...leb(local++), 0xfd, 30, 1);
  }
  code.push(0x10, 0);
  const first = passed.length;
  for (let i = results.length - 1; i >= 0; --i) code.push(0x21, ...leb(first + i));
  for (const [i, type] of results.entries()) {
    const get = [0x20, ...leb(first + i)];
    if (type === V128) code.push(...get, 0xfd, 29, 0, ...get, 0xfd, 29, 1);
    else code.push(...get, ...(type === F32 ? [0xbc] : type === F64 ? [0xbd] : []));
  }
  const type = (/** @type {number[]} */ from, /** @type {number[]} */ to) => [
    0x60,
    ...vector(from.map((each) => [each])),
    ...vector(to.map((each) => [each])),
  ];
  const body = [...vector(results.map((each) => [1, each])), ...code, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([type(params, results), type(passed, returned)])),
    ...section(2, vector([[...name(''), ...name('f'), 0, 0]])),
    ...section(3, vector([[1]])),
    ...section(7, vector([[...name('call'), 0, 1]])),
    ...section(10, vector([[...leb(body.length), ...body]])),
  ]);
}

/** How many integers a value of this type takes. @param {number} type */
export const widthOf = (type) => passesAs(type).length;
