// @ts-check
/**
 * Tables that are looked up by names which a guest chose. An engine looks imports up as ordinary properties, and an
 * object literal inherits those of Object.prototype: a module that imports "constructor" "freeze" would get the host's
 * own functions. So such a table has no prototype.
 *
 * Why: docs/rationale.md#why-is-what-a-guest-imports-looked-up-in-objects-without-a-prototype
 */

import { WasmsigError } from '../engine/errors.js';

/**
 * A copy of an object's own properties, without a prototype.
 * @template {object} T
 * @param {T} object
 * @returns {T}
 */
export function bare(object) {
  return Object.assign(Object.create(null), object);
}

/**
 * An import object: neither it nor a namespace in it inherits anything.
 * @param {Record<string, Record<string, any>>} namespaces
 * @returns {WebAssembly.Imports}
 */
export function bareImports(namespaces) {
  const imports = bare(namespaces);
  for (const name of Object.keys(imports)) imports[name] = bare(imports[name]);
  return imports;
}

/**
 * The imports that a module takes from an object that another script made, without what that object inherits. Only the
 * names that the module imports are read, because a namespace may create its members when they are read (dynamic
 * linking of Emscripten).
 * @param {WebAssembly.Module} module
 * @param {any} given
 * @returns {Record<string, Record<string, any>>}
 */
export function importsFrom(module, given) {
  const imports = Object.create(null);
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const namespace = isOwn(given, from) ? given[from] : undefined;
    imports[from] ??= Object.create(null);
    if (namespace && isOwn(namespace, name) && namespace[name] !== undefined) imports[from][name] = namespace[name];
  }
  return imports;
}

/**
 * Whether a property is the object's own, and not inherited as by every object.
 * @param {object} object
 * @param {string} name
 */
function isOwn(object, name) {
  return Object.hasOwn(object, name) || !(name in Function.prototype);
}

/**
 * The first import of a module that is missing or has another kind. Checked before any code of the module runs, its
 * start function included.
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Imports} imports
 * @returns {WebAssembly.ModuleImportDescriptor | undefined}
 */
function missingImport(module, imports) {
  return WebAssembly.Module.imports(module).find(({ module: from, name, kind }) => {
    if (!Object.hasOwn(imports, from) || !Object.hasOwn(imports[from], name)) return true;
    return !isOfKind(imports[from][name], kind);
  });
}

/**
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Imports} imports
 * @param {string} program its name, for the message
 * @throws {WasmsigError} ERR_START: an import of the module is missing
 */
export function checkImports(module, imports, program) {
  const missing = missingImport(module, imports);
  if (missing)
    throw new WasmsigError(
      'ERR_START',
      `${program}: needs the import "${missing.module}" "${missing.name}" (${missing.kind}), which this host does not have`,
    );
}

/** @param {any} given @param {string} kind */
function isOfKind(given, kind) {
  const { Memory, Table, Global, Tag, Suspending } = /** @type {any} */ (WebAssembly);
  switch (kind) {
    case 'function':
      return typeof given === 'function' || (Suspending !== undefined && given instanceof Suspending);
    case 'memory':
      return given instanceof Memory;
    case 'table':
      return given instanceof Table;
    case 'global':
      return given instanceof Global || typeof given === 'number' || typeof given === 'bigint';
    case 'tag':
      return given instanceof Tag;
    default:
      return false;
  }
}
