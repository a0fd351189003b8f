// @ts-check
/** Runs an Emscripten program (-sMODULARIZE -sEXPORT_ES6): calls its factory with Module.wasmsig. In the guest's worker. */

import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { WasmsigError } from '../errors.js';

/**
 * @param {import('./worker.js').Job} job
 * @returns {Promise<number>} the exit code
 */
export async function run({ start, guest, load }) {
  const script = /** @type {string} */ (start.path);
  let factory;
  try {
    factory = (await import(pathToFileURL(script).href)).default;
  } catch (error) {
    throw new WasmsigError('ERR_START', `${start.name}: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
  if (typeof factory !== 'function') throw new WasmsigError('ERR_START', `${start.name}: its default export is not a function (an Emscripten program needs -sMODULARIZE -sEXPORT_ES6)`);
  const wasm = script.replace(/\.m?js$/, '.wasm');
  const bytes = existsSync(wasm) ? await load(wasm) : undefined;
  if (start.instrument && !bytes) throw new WasmsigError('ERR_START', `${start.name}: no ${wasm} beside it to instrument (a single-file build cannot be)`);

  return new Promise((resolve, reject) => {
    const line = (/** @type {number} */ fd) => (/** @type {unknown[]} */ ...words) => void guest.writeOutput(fd, Buffer.from(words.join(' ') + '\n'));
    const Module = {
      wasmsig: guest,
      arguments: start.args.slice(1),
      thisProgram: start.args[0],
      print: line(1),
      printErr: line(2),
      preRun: [(/** @type {any} */ module) => void Object.assign(environment(module), start.env)],
      onRuntimeInitialized: () => {
        if (!guest.attached) guest.plain();
      },
      onAbort: () => {},
      onExit: (/** @type {number} */ code) => resolve(code),
      // Without this Emscripten ends the worker by process.exit, before it could say more than a number.
      quit: (/** @type {number} */ code, /** @type {unknown} */ unwind) => {
        resolve(code);
        throw unwind;
      },
    };
    if (bytes) {
      // Emscripten runs main inside `receive`, and swallows what comes out of it where it calls that itself: a crash would be silent.
      Object.assign(Module, {
        instantiateWasm: (/** @type {WebAssembly.Imports} */ imports, /** @type {Function} */ receive) => {
          WebAssembly.instantiate(/** @type {Uint8Array<ArrayBuffer>} */ (bytes), imports).then(({ instance, module }) => receive(instance, module)).catch(reject);
          return {};
        },
      });
    }
    Promise.resolve(factory(Module)).then(
      () => {
        if (guest.attached) guest.attend(); // main is over or has yielded; where it has ended, `resolve` was called before
      },
      reject,
    );
  });
}

/**
 * The program's environment, where it exports one (-sEXPORTED_RUNTIME_METHODS=ENV). Builds with assertions abort at the mere look at what is
 * not exported.
 *
 * @param {any} module
 * @returns {Record<string, string>}
 */
function environment(module) {
  const property = Object.getOwnPropertyDescriptor(module ?? {}, 'ENV');
  return property?.value ?? {};
}
