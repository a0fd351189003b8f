// @ts-check
/**
 * Tables that a guest's words are looked up in. An engine looks imports up as ordinary properties, which an object literal inherits from Object.prototype: a module that imports
 * "constructor" "freeze" would get the host's own functions. So such a table inherits nothing.
 */

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
 * The first import of a module that is not there, or is of another kind. Asked before anything of the module runs, its start function included.
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Imports} imports
 * @returns {WebAssembly.ModuleImportDescriptor | undefined}
 */
export function missingImport(module, imports) {
  return WebAssembly.Module.imports(module).find(({ module: from, name, kind }) => {
    if (!Object.hasOwn(imports, from) || !Object.hasOwn(imports[from], name)) return true;
    const given = imports[from][name];
    return kind === 'function' ? !isCallable(given) : !(kind === 'memory' && given instanceof WebAssembly.Memory);
  });
}

/** A function, or one of stack switching. @param {unknown} given */
function isCallable(given) {
  const { Suspending } = /** @type {any} */ (WebAssembly);
  return typeof given === 'function' || (Suspending !== undefined && given instanceof Suspending);
}
