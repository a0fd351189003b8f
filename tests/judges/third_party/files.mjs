// @ts-check
// Every wasm file of a package, instrumented; what this engine and another say of the original and of the result.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { instrumentSync } from '../../../js/instrument/index.js';
import { readSections } from '../../support/wasm_binary.js';
import { programOf } from './program.mjs';

/**
 * @typedef {object} WasmFile
 * @property {string} file
 * @property {string} sha256
 * @property {number} bytes
 * @property {number} [after] the size of the result
 * @property {number} [growth] what runs, divided by the same in the original: custom sections do not count, but branch hints
 * @property {number} [small_growth] the same of the small form
 * @property {number} [loops] with safe points
 * @property {string} [refused] the code of instrument()'s error
 * @property {boolean} valid the original, in this engine
 * @property {boolean} result_valid
 * @property {string} [result] where it is
 */

/** @param {string} folder @param {string} name */
export function wasmFiles(folder, name) {
  const root = join(folder, 'node_modules', name);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.wasm') && !file.split(sep).includes('node_modules'))
    .sort()
    .map((file) => ({
      file: `${name}/${file.replaceAll(sep, '/')}`,
      bytes: Uint8Array.from(readFileSync(join(root, file))),
    }));
}

/**
 * @param {string} name of the program
 * @param {string} folder
 * @returns {Promise<{files: WasmFile[], folder: string}>}
 */
export async function checkFiles(name, folder) {
  const temporary = process.argv[6];
  const { packages } = await programOf(name);
  /** @type {Map<string, WasmFile>} */
  const known = new Map();
  const files = packages
    .flatMap((one) => wasmFiles(folder, one))
    .map(({ file, bytes }) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const entry = known.get(sha256) ?? checkFile(bytes, join(temporary, `${sha256}.wasm`));
      known.set(sha256, entry);
      return { ...entry, file, sha256 };
    });
  return { files, folder };
}

/** Without names and debugging data, of which some are dropped. @param {Uint8Array} bytes */
const sizeOfCode = (bytes) =>
  readSections(bytes)
    .filter(({ id, name }) => id !== 0 || name === 'metadata.code.branch_hint')
    .reduce((sum, { start, end }) => sum + end - start, 0);

/** @param {Uint8Array<ArrayBuffer>} bytes @param {string} output */
function checkFile(bytes, output) {
  const base = { file: '', sha256: '', bytes: bytes.length, valid: WebAssembly.validate(bytes), result_valid: false };
  try {
    const { bytes: made, report } = instrumentSync(bytes, { runtime: 'injected', validate: false });
    writeFileSync(output, made);
    const { instrumented } = report.loops;
    const small = instrumentSync(bytes, { runtime: 'injected', preferSize: true, validate: false }).bytes;
    const before = sizeOfCode(bytes);
    return {
      ...base,
      after: made.length,
      growth: sizeOfCode(made) / before,
      small_growth: sizeOfCode(small) / before,
      loops: instrumented,
      result_valid: WebAssembly.validate(made),
      result: output,
    };
  } catch (error) {
    return { ...base, refused: /** @type {any} */ (error).code ?? String(error) };
  }
}
