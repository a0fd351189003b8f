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
      preRun: [(/** @type {any} */ module) => {
        setEnvironment(module, start);
        mountFolders(module, start);
      }],
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
 * What a program exports. Builds with assertions abort at the mere look at what is not exported.
 *
 * @param {any} module
 * @param {string} name
 */
function exported(module, name) {
  return Object.getOwnPropertyDescriptor(module ?? {}, name)?.value;
}

/**
 * @param {any} module
 * @param {import('./worker.js').Start} start
 */
function setEnvironment(module, start) {
  if (Object.keys(start.env).length === 0) return;
  const environment = exported(module, 'ENV');
  if (!environment) throw new WasmsigError('ERR_START', `${start.name}: it takes no environment: link it with -sEXPORTED_RUNTIME_METHODS=ENV`);
  Object.assign(environment, start.env);
}

/**
 * @param {any} module
 * @param {import('./worker.js').Start} start
 */
function mountFolders(module, start) {
  if (Object.keys(start.dirs).length === 0) return;
  const files = exported(module, 'FS');
  const nodefs = files?.filesystems?.NODEFS;
  if (!nodefs) throw new WasmsigError('ERR_START', `${start.name}: it cannot see folders of the host: link it with -lnodefs.js -sEXPORTED_RUNTIME_METHODS=FS`);
  for (const [guest, root] of Object.entries(start.dirs)) {
    // The program starts in "/", which cannot be covered: its current folder gets a place of its own.
    const place = guest === '.' ? '/current' : guest;
    files.mkdirTree(place);
    files.mount(nodefs, { root }, place);
    if (guest === '.') files.chdir(place);
  }
}
