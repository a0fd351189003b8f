// @ts-check
// Modules and constants of text, made binary: by wabt, or by Binaryen where that knows a newer or an older word.
import binaryen from 'binaryen';
import makeWabt from 'wabt';
import { quietly } from '../rewriter/binaryen.mjs';

const FEATURES = {
  exceptions: true,
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  threads: true,
  function_references: true,
  multi_value: true,
  tail_call: true,
  bulk_memory: true,
  reference_types: true,
  annotations: true,
  gc: true,
  memory64: true,
  multi_memory: true,
  extended_const: true,
  relaxed_simd: true,
};

/** @typedef {{bytes: Uint8Array} | {refused: string}} Converted */

export class Converter {
  /** @param {Awaited<ReturnType<typeof makeWabt>>} wabt */
  constructor(wabt) {
    this.wabt = wabt;
  }

  static async load() {
    return new Converter(await makeWabt());
  }

  /** @param {Uint8Array} text @returns {Converted} */
  convert(text) {
    try {
      return { bytes: this.byWabt(text) };
    } catch (error) {
      const bytes = attempt(() => byBinaryen(text));
      return bytes ? { bytes } : { refused: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Not validated, since modules may be invalid by intention. @param {Uint8Array} text */
  byWabt(text) {
    // A plain array with a buffer of its own: of Node's Buffers it reads too much.
    const parsed = this.wabt.parseWat('test.wast', new Uint8Array(text), FEATURES);
    try {
      parsed.resolveNames();
      return parsed.toBinary({}).buffer.slice();
    } finally {
      parsed.destroy();
    }
  }

  /**
   * The bits of constants, as one number for each 64 bits. What has none (references, patterns of NaN) is left out.
   *
   * @param {string[]} texts
   * @returns {Map<string, bigint[]>}
   */
  constants(texts) {
    const numbers = [...new Set(texts)].filter((text) => bitsOf(text) !== undefined);
    try {
      return this.evaluate(numbers);
    } catch {
      // One of them is of an old proposal: then each for itself.
      return new Map(numbers.flatMap((text) => [...(attempt(() => this.evaluate([text])) ?? [])]));
    }
  }

  /** @param {string[]} numbers @returns {Map<string, bigint[]>} */
  evaluate(numbers) {
    const functions = numbers.map((text, i) => {
      const results = text.startsWith('(v128') ? 'i64 i64' : 'i64';
      return `(func (export "${i}") (result ${results}) ${bitsOf(text)})`;
    });
    const bytes = this.byWabt(Buffer.from(`(module ${functions.join('\n')})`));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(/** @type {BufferSource} */ (bytes)));
    const bits = (/** @type {number} */ i) => [/** @type {() => bigint | bigint[]} */ (exports[i])()].flat();
    return new Map(numbers.map((text, i) => [text, bits(i).map((value) => BigInt.asUintN(64, value))]));
  }
}

/** @param {string} constant @returns {string | undefined} code that gives its bits */
function bitsOf(constant) {
  const text = constant.replace('infinity', 'inf'); // of old scripts
  if (/nan:(canonical|arithmetic)/.test(text)) return undefined;
  const type = /^\(\s*(i32|i64|f32|f64|v128)\.const\s/.exec(text)?.[1];
  if (type === 'i64') return text;
  if (type === 'i32') return `(i64.extend_i32_u ${text})`;
  if (type === 'f32') return `(i64.extend_i32_u (i32.reinterpret_f32 ${text}))`;
  if (type === 'f64') return `(i64.reinterpret_f64 ${text})`;
  return type && `(i64x2.extract_lane 0 ${text}) (i64x2.extract_lane 1 ${text})`;
}

/** @param {Uint8Array} text */
function byBinaryen(text) {
  return quietly(() => {
    const module = binaryen.parseText(Buffer.from(text).toString());
    try {
      module.setFeatures(binaryen.Features.All);
      return module.emitBinary();
    } finally {
      module.dispose();
    }
  });
}

/** @template T @param {() => T} work @returns {T | undefined} */
function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
