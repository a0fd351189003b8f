// @ts-check
/** What a program file is, and, where spawn() does not run it, which entry of the package serves it: for error messages. */

import { IMPORT_MODULE } from '../abi/imports.js';
import { SET_SAFE_POINT } from '../abi/set_safe_point.js';
import { STACK_POINTER } from '../abi/stack_export.js';

const GUARD = 'wasmsig/guard gives it a time limit and a stop button';
const REGISTER = 'import wasmsig/register, then its own JavaScript, and it has a time limit and a stop button';

/** Names that Emscripten's wasm files import from `env` or export, unless they were shortened. */
const EMSCRIPTEN = /^(__wasm_call_ctors|_?emscripten_.*|invoke_.*|_abort_js|stack(Save|Restore|Alloc))$/;

/** Whether a program is given by its script, as those of Emscripten are. @param {string} path */
export function isScript(path) {
  return /\.[cm]?js$/.test(path);
}

/** The wasm file that emcc writes beside a script. @param {string} path of the script, or its URL */
export function besideScript(path) {
  return path.replace(/\.[cm]?js(?=$|[?#])/, '.wasm');
}

/**
 * @param {WebAssembly.Module} module which does not export _start, or no memory
 * @returns {string} the end of a sentence that begins with the file's name
 */
export function describeNoCommand(module) {
  const imports = WebAssembly.Module.imports(module);
  const injected = [SET_SAFE_POINT, STACK_POINTER];
  const exports = WebAssembly.Module.exports(module).filter(({ name }) => !injected.includes(name));
  const has = (/** @type {string} */ name) => exports.some((one) => one.name === name && one.kind === 'function');
  const from = (/** @type {RegExp} */ names) => imports.some((one) => names.test(one.module));
  const sections = (/** @type {string} */ name) => WebAssembly.Module.customSections(module, name).length > 0;
  if (has('_initialize'))
    return `a WASI reactor, whose exports its user calls (it has _initialize and no _start): instantiate it yourself; ${
      isLinked(module) ? 'attach() gives it signals' : GUARD
    }`;
  if (sections('linking')) return 'an object file: link it first';
  if (sections('dylink.0') || sections('dylink'))
    return 'a side module, which the dynamic linker of a main module loads: give the main module';
  if (from(/^(go|gojs)$/)) return `a Go program for JavaScript: build it with GOOS=wasip1, or ${REGISTER}`;
  if (from(/^(wbg|__wbindgen_.*|.*_bg\.js)$/)) return `a library of wasm-bindgen: ${REGISTER}`;
  if (isOfEmscripten(imports, exports))
    return 'the wasm file of an Emscripten module: give the .mjs, .js or .cjs that emcc wrote beside it';
  if (exports.length === 0) return 'a module without memory or any other export, so not a WASI program';
  if (has('_start')) return 'a module without a memory of the name "memory", so not a WASI program';
  return `a library, whose exports its user calls (it has no _start): instantiate it yourself; ${GUARD}`;
}

/**
 * Whether a module was linked with the wasmsig library.
 * @param {WebAssembly.Module} module
 */
export function isLinked(module) {
  return importsOurs(module, 'attach');
}

/** @param {WebAssembly.Module} module @param {string} name of an import of docs/host-abi.md */
export function importsOurs(module, name) {
  return WebAssembly.Module.imports(module).some(
    (one) => one.module === IMPORT_MODULE && one.name === name && one.kind === 'function',
  );
}

/**
 * With -O3 emcc shortens all names: imports are those of a module "a", exports have one or two letters.
 * @param {WebAssembly.ModuleImportDescriptor[]} imports
 * @param {WebAssembly.ModuleExportDescriptor[]} exports
 */
function isOfEmscripten(imports, exports) {
  if (exports.some(({ name }) => EMSCRIPTEN.test(name))) return true;
  if (imports.some(({ module, name }) => module === 'env' && EMSCRIPTEN.test(name))) return true;
  return (
    exports.length > 1 &&
    imports.every(({ module }) => module === 'a') &&
    exports.every(({ name }) => /^[\w$]{1,2}$/.test(name)) &&
    exports.some(({ kind }) => kind === 'table')
  );
}
