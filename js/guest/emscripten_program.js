// @ts-check
/**
 * Runs an Emscripten program (-sMODULARIZE -sEXPORT_ES6) in the guest's agent: calls its factory with Module.wasmsig.
 */

import { checkImports, importsFrom } from './bare.js';
import { WasmsigError } from '../engine/errors.js';
import { compile } from '../engine/branch_hints.js';
import { instantiate } from '../engine/own_wasm.js';
import { isInjected, obeyAtSafePoints } from './injected_safe_points.js';
import { safePointsOf } from './wasi_program.js';
import { hasMain, suspendingExports, suspendingHost, suspendImports } from './stack_switching.js';

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
  let exports;
  try {
    // The comments keep bundlers from resolving the program's own file.
    exports = await import(/* webpackIgnore: true */ /* @vite-ignore */ url);
  } catch (error) {
    throw new WasmsigError('ERR_START', `${name}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
  const factory = exports.default;
  if (typeof factory !== 'function' || 'initSync' in exports)
    throw new WasmsigError('ERR_START', `${name}: ${describeNoFactory(exports)}`);

  const line =
    (/** @type {number} */ fd) =>
    (/** @type {unknown[]} */ ...words) =>
      void host.writeOutput(fd, new TextEncoder().encode(words.join(' ') + '\n'));
  return runFactory(factory, {
    name,
    host,
    bytes,
    callable: false,
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
 * @param {boolean} program.callable whether somebody can call the exports of a module without main
 * @param {Record<string, any>} [program.options] of the factory
 * @returns {Promise<number>} the exit code
 */
export function runFactory(factory, { name, host, bytes, callable, options = {} }) {
  if (host.yields && !bytes)
    throw new WasmsigError(
      'ERR_START',
      `${name}: with stack switching its wasm file has to be given (the option wasmBinary)`,
    );
  return new Promise((resolve, reject) => {
    /** @type {any} */
    let exports;
    let over = false;
    /** @type {Promise<unknown>} */ let instantiated = Promise.resolve();
    let injected = false;
    /** Whether what it imports obeys the owner. */ let obeys = false;
    /** Whether the program runs on a stack of its own. */ let switches = false;
    const end = (/** @type {number} */ code) => {
      over = true;
      resolve(code);
    };
    const Module = {
      ...options,
      wasmsig: host.yields ? suspendingHost(host, () => exports) : host,
      onRuntimeInitialized: () => {
        if (!host.attached && !switches)
          host.plain(obeys, injected ? () => obeyAtSafePoints(host, exports) : undefined);
        options.onRuntimeInitialized?.();
      },
      // Called by a thread that threw (library_wasmsig.js).
      wasmsigCrashed: (/** @type {{name: string, message: string, stack?: string}} */ error) =>
        // The class of an engine's error is lost between agents.
        reject(Object.assign(new Error(error.message), error, { hadLastCall: true })),
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
          instantiated = run(imports, receive);
          instantiated.catch(reject);
          return {};
        },
      });
    }
    /** @type {(imports: WebAssembly.Imports, receive: Function) => Promise<void>} */
    const run = async (imports, receive) => {
      const module = await compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes));
      // The script is trusted, but what its objects inherit is not its own choice.
      const own = importsFrom(module, imports);
      checkImports(module, own, name);
      injected = isInjected(module);
      const suspends = host.yields && suspendImports(host, own);
      // Only a program with the library attaches: its names were shortened, by which it would have been recognised.
      if (injected || (host.yields && !suspends)) host.unfit = shortened(name);
      if (!host.yields && !own.env?.wsig_js_sync) {
        obeyInCalls(host, own);
        obeys = true;
      }
      const instance = await instantiate(module, own);
      exports = instance.exports;
      host.safePoints = safePointsOf(module);
      switches = suspends || (host.yields && hasMain(exports) && Boolean(exports.__wasm_call_ctors));
      receive(
        switches ? { exports: suspendingExports(host, exports, name, injected, resolve, reject) } : instance,
        module,
      );
    };
    Promise.resolve(factory(Module)).then(async (module) => {
      await instantiated.catch(() => (over = true));
      if (over) return;
      if (!(callable && host.attached) && !hasMain(exports) && !MAINS.some((main) => exported(module, main)))
        return reject(new WasmsigError('ERR_START', `${name}: ${describeNoMain(host.attached)}`));
      if (host.attached && !host.yields) host.attend().catch(reject); // main has returned to the event loop
    }, reject);
  });
}

/**
 * Makes what a program imports obey its owner, if it turns out to be one without the library.
 * @param {import('./program_host.js').ProgramHost} host
 * @param {Record<string, Record<string, any>>} imports
 */
function obeyInCalls(host, imports) {
  for (const namespace of Object.values(imports)) {
    for (const [name, call] of Object.entries(namespace)) {
      if (typeof call !== 'function' || isExport(call)) continue;
      namespace[name] = (/** @type {any[]} */ ...args) => {
        host.obey();
        return call(...args);
      };
    }
  }
}

/** Whether a function is one of wasm, which a module may want for its type. @param {Function} call */
function isExport(call) {
  return /^\d+$/.test(call.name);
}

/** Where a module object has a main. */
const MAINS = ['_main', '___main_argc_argv', '__start'];

/**
 * What a script exports, for one that does not export a factory.
 * @param {any} exports
 * @returns {string} the end of a sentence that begins with the file's name
 */
function describeNoFactory({ default: given, ...others }) {
  const how = 'emcc makes a program that spawn() runs with -sMODULARIZE -sEXPORT_ES6';
  const names = Object.keys(others).filter((name) => name !== 'module.exports'); // that is Node's
  if (typeof given === 'object' && given !== null && !(given instanceof WebAssembly.Module))
    return `a script that starts when it is loaded, as emcc makes it without -sMODULARIZE: ${how}`;
  if (names.length > 0)
    return `a module of JavaScript that exports ${names.slice(0, 3).join(', ')}, and no factory of Emscripten: import it; if it loads wasm, import wasmsig/register before it`;
  return `a script that exports no factory (a CommonJS one is loaded in Node only, as .cjs, or where package.json does not say "type": "module"): ${how}`;
}

/** @param {boolean} linked with the library */
function describeNoMain(linked) {
  return `an Emscripten library, whose exports its user calls (it has no main): ${
    linked
      ? 'attach().start(factory) gives it signals'
      : 'call its factory yourself; guard.instantiateWasm() of wasmsig/guard, or wasmsig/register, gives it a time limit and a stop button'
  }`;
}

/** @param {string} name */
function shortened(name) {
  return `${name}: the names of its imports and exports were shortened, so that the wasmsig library in it was not found: link it with all options of the library (-lexports.js), or with -O2`;
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
