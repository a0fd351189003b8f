// @ts-check
/**
 * Runs an Emscripten program (-sMODULARIZE -sEXPORT_ES6) in the guest's agent: calls its factory with Module.wasmsig.
 */

import { hinted } from '../engine/branch_hints.js';
import { checkImports, importsFrom } from './bare.js';
import { WasmsigError } from '../engine/errors.js';
import { safePointsOf } from './wasi_program.js';
import { suspendingExports, suspendingHost, suspendImports } from './stack_switching.js';

/**
 * @typedef {object} Script
 * @property {string} name for messages
 * @property {string} url of the .mjs
 * @property {import('./program_host.js').ProgramHost} host
 * @property {Uint8Array<ArrayBuffer> | undefined} bytes the .wasm beside it; undefined where there is none
 * @property {string[]} args the first is the program's name
 * @property {Record<string, string>} env
 * @property {(files: any, place: string, folder: string) => void} mount makes a folder of `folders` appear; `files` is
 *   the program's FS
 * @property {string[]} folders the places that the program sees; "." is its current folder
 */

/**
 * @param {Script} script
 * @returns {Promise<number>} the exit code
 */
export async function runScript(script) {
  const { name, url, host, bytes, args } = script;
  let factory;
  try {
    // The comments keep bundlers from resolving the program's own file.
    factory = (await import(/* webpackIgnore: true */ /* @vite-ignore */ url)).default;
  } catch (error) {
    throw new WasmsigError('ERR_START', `${name}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
  if (typeof factory !== 'function')
    throw new WasmsigError(
      'ERR_START',
      `${name}: its default export is not a function (an Emscripten program needs -sMODULARIZE -sEXPORT_ES6)`,
    );

  const line =
    (/** @type {number} */ fd) =>
    (/** @type {unknown[]} */ ...words) =>
      void host.writeOutput(fd, new TextEncoder().encode(words.join(' ') + '\n'));
  return runFactory(factory, {
    name,
    host,
    bytes,
    options: {
      arguments: args.slice(1),
      thisProgram: args[0],
      print: line(1),
      printErr: line(2),
      preRun: [
        (/** @type {any} */ module) => {
          setEnvironment(module, script);
          mountFolders(module, script);
        },
      ],
      onAbort: () => {},
    },
  });
}

/**
 * @param {Function} factory of an Emscripten program
 * @param {object} program
 * @param {string} program.name for messages
 * @param {import('./program_host.js').ProgramHost} program.host
 * @param {Uint8Array<ArrayBuffer>} [program.bytes] the .wasm; without it the script fetches the file itself
 * @param {Record<string, any>} [program.options] of the factory
 * @returns {Promise<number>} the exit code
 */
export function runFactory(factory, { name, host, bytes, options = {} }) {
  if (host.yields && !bytes)
    throw new WasmsigError(
      'ERR_START',
      `${name}: with stack switching its wasm file has to be given (the option wasmBinary)`,
    );
  return new Promise((resolve, reject) => {
    /** @type {any} */
    let exports;
    let over = false;
    const end = (/** @type {number} */ code) => {
      over = true;
      resolve(code);
    };
    const Module = {
      ...options,
      wasmsig: host.yields ? suspendingHost(host, () => exports) : host,
      onRuntimeInitialized: () => {
        if (!host.attached && !host.yields) host.plain();
        options.onRuntimeInitialized?.();
      },
      // Called by a thread that threw (library_wasmsig.js).
      wasmsigCrashed: (/** @type {{name: string, message: string, stack?: string}} */ error) => reject(thrown(error)),
      onExit: (/** @type {number} */ code) => {
        end(code);
        options.onExit?.(code);
      },
      // Without this Emscripten ends the worker with process.exit, before it could report more than a number.
      quit: (/** @type {number} */ code, /** @type {unknown} */ unwind) => {
        end(code);
        throw unwind;
      },
    };
    if (bytes) {
      // Emscripten runs main inside `receive`. It swallows exceptions of main where it calls `receive` itself, so a
      // crash would be silent.
      Object.assign(Module, {
        instantiateWasm: (/** @type {WebAssembly.Imports} */ imports, /** @type {Function} */ receive) => {
          run(imports, receive).catch(reject);
          return {};
        },
      });
    }
    /** @type {(imports: WebAssembly.Imports, receive: Function) => Promise<void>} */
    const run = async (imports, receive) => {
      const module = await hinted(() => WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
      // The script is trusted, but what its objects inherit is not its own choice.
      const own = importsFrom(module, imports);
      checkImports(module, own, name);
      if (host.yields) suspendImports(host, own, name);
      const instance = await WebAssembly.instantiate(module, own);
      exports = instance.exports;
      host.safePoints = safePointsOf(module);
      receive(host.yields ? { exports: suspendingExports(host, exports, name, resolve, reject) } : instance, module);
    };
    Promise.resolve(factory(Module)).then(() => {
      if (host.attached && !host.yields && !over) host.attend(); // main has returned to the event loop
    }, reject);
  });
}

/**
 * Rebuilds an error that another agent reported. Messages between agents lose the class of the errors that an engine
 * throws for wasm.
 *
 * @param {{name: string, message: string, stack?: string}} error
 */
function thrown({ name, message, stack }) {
  const Class = name === 'RuntimeError' ? WebAssembly.RuntimeError : name === 'RangeError' ? RangeError : Error;
  return Object.assign(new Class(message), { stack });
}

/**
 * A member of the module object. Builds with assertions abort when a member that is not exported is merely read.
 *
 * @param {any} module
 * @param {string} name
 */
function exported(module, name) {
  return Object.getOwnPropertyDescriptor(module ?? {}, name)?.value;
}

/**
 * @param {any} module
 * @param {Script} script
 */
function setEnvironment(module, { name, env }) {
  if (Object.keys(env).length === 0) return;
  const environment = exported(module, 'ENV');
  if (!environment)
    throw new WasmsigError(
      'ERR_START',
      `${name}: it takes no environment: link it with -sEXPORTED_RUNTIME_METHODS=ENV`,
    );
  Object.assign(environment, env);
}

/**
 * @param {any} module
 * @param {Script} script
 */
function mountFolders(module, { name, folders, mount }) {
  if (folders.length === 0) return;
  const files = exported(module, 'FS');
  if (!files)
    throw new WasmsigError(
      'ERR_START',
      `${name}: it cannot be given folders: link it with -sEXPORTED_RUNTIME_METHODS=FS (in Node -lnodefs.js too)`,
    );
  for (const folder of folders) {
    // The program starts in "/", over which nothing can be mounted, so its current folder gets a place of its own.
    const place = folder === '.' ? '/current' : folder;
    files.mkdirTree(place);
    mount(files, place, folder);
    if (folder === '.') files.chdir(place);
  }
}
