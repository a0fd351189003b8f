// @ts-check
/**
 * Modules that import what nobody gave: every name that is reachable from the prototypes that an object of JavaScript inherits, and from the namespaces that a guest has, as function,
 * global, table, memory and tag. Each has a start function that writes. All must be refused with an error that names module and field, and none may have written.
 */
import assert from 'node:assert/strict';
import binaryen from 'binaryen';
import { WASI } from 'node:wasi';
import { attach } from '../../../js/attach.js';
import { runFactory } from '../../../js/guest/emscripten_program.js';
import { ProgramHost } from '../../../js/guest/program_host.js';
import { createQueue } from '../../../js/link/local_queue.js';
import { spawn } from '../../../js/node/index.js';
import { runCommand } from '../../../js/guest/wasi_program.js';
import { headerFor } from '../../../js/owner/spawn_options.js';

/** @typedef {{module: string, field: string, kind: string}} Import */
/** @typedef {{reachable: number, refused: Record<string, number>}} Outcome  how many imports there are, and how many each way of starting has refused */

const PROTOTYPES = [Object.prototype, Function.prototype, Array.prototype];
const NAMESPACES = ['wasi_snapshot_preview1', 'wasmsig', 'env'];
/** One that each namespace has; it is a function (and "env" has nothing but a memory for who wants one). */
const GIVEN = { wasi_snapshot_preview1: 'proc_exit', wasmsig: 'attach' };
/** By kind, as the error says it. */
const KINDS = {
  function: '(func)',
  global: '(global $g externref)',
  table: '(table 1 funcref)',
  memory: '(memory $m 1)',
  tag: '(tag)',
};

/** @param {unknown} value @returns {string[]} the names that a read of a property of it finds */
function namesOf(value) {
  const names = new Set();
  for (let object = value; object !== null && object !== undefined; object = Object.getPrototypeOf(object)) {
    for (const name of Object.getOwnPropertyNames(object)) names.add(name);
  }
  return [...names];
}

/** @returns {Import[]} */
export function reachableImports() {
  /** @type {Map<string, [string, string]>} */
  const pairs = new Map();
  const add = (/** @type {string} */ module, /** @type {string} */ field) =>
    pairs.set(JSON.stringify([module, field]), [module, field]);
  const fields = new Set(PROTOTYPES.flatMap(namesOf));
  for (const prototype of PROTOTYPES) {
    for (const module of namesOf(prototype)) {
      /** @type {unknown} */
      let inherited;
      try {
        inherited = /** @type {any} */ (prototype)[module];
      } catch {
        // "caller" and "arguments" of a function throw
      }
      for (const field of [...namesOf(inherited), module, 'prototype']) add(module, field);
    }
  }
  for (const module of NAMESPACES) for (const field of fields) add(module, field);
  const all = [...pairs.values()].flatMap(([module, field]) =>
    Object.keys(KINDS).map((kind) => ({ module, field, kind })),
  );
  // What is there, wanted as another kind.
  for (const [module, field] of Object.entries(GIVEN))
    for (const kind of Object.keys(KINDS)) if (kind !== 'function') all.push({ module, field, kind });
  return all;
}

/**
 * A module with this import, whose start function and _start give way and then write a byte.
 * @param {Import} wanted
 * @param {boolean} [quiet]  the start function does not write: what a host writes with it may not know before that
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function importing({ module, field, kind }, quiet = false) {
  const built = binaryen.parseText(`(module
    (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import ${JSON.stringify(module)} ${JSON.stringify(field)} ${/** @type {Record<string, string>} */ (KINDS)[kind]})
    ${kind === 'memory' ? '' : '(memory $m 1)'}
    (export "memory" (memory $m))
    ${kind === 'global' ? '(export "imported" (global $g))' : ''}
    (func $write
      (i32.store (i32.const 4) (i32.const 1))
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func $both (export "_start") (drop (call $sched_yield)) (call $write))
    (func $early (drop (call $sched_yield)) ${quiet ? '' : '(call $write)'})
    (start $early))`);
  built.setFeatures(binaryen.Features.All);
  const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (built.emitBinary());
  built.dispose();
  return bytes;
}

/** @param {Import} wanted @returns {(error: any) => boolean} */
const named =
  ({ module, field, kind }) =>
  (error) =>
    error.code === 'ERR_START' && error.message.includes(`needs the import "${module}" "${field}" (${kind})`);

/** The ways in which a program is started. Each refuses, and says of `wrote` whether anything ran. */
const WAYS = {
  /** A WASI program in its agent: what the workers of Node and of pages do. @param {Import} wanted @param {() => number} wrote */
  async command(wanted, wrote) {
    const bytes = importing(wanted);
    const wasi = new WASI({ version: 'preview1', returnOnExit: true });
    Object.assign(wasi.wasiImport, { fd_write: wrote, sched_yield: wrote });
    await assert.rejects(
      runCommand({
        name: 'p',
        host: someHost(),
        wasi: /** @type {any} */ (wasi),
        module: new WebAssembly.Module(bytes),
        bytes,
        piped: [true, true, true],
      }),
      named(wanted),
    );
  },
  /** A WASI program or reactor that somebody instantiates himself, so that it is the engine that refuses. @param {Import} wanted @param {() => number} wrote */
  async attach(wanted, wrote) {
    /** @type {any} */
    const given = { fd_write: wrote, sched_yield: wrote, proc_exit() {} };
    const { imports } = attach({ wasi: { wasiImport: given, initialize() {} } });
    const bytes = importing(wanted, true);
    if (wanted.kind === 'global' && Object.hasOwn(imports, wanted.module)) {
      // To an engine any value will do for such a global: what is not there is undefined, and a function that was given is itself.
      given.sched_yield = () => 0;
      const { instance } = await WebAssembly.instantiate(
        bytes,
        attach({ wasi: { wasiImport: given, initialize() {} } }).imports,
      );
      const held = /** @type {any} */ (instance.exports.imported).value;
      assert.ok(
        held === undefined ||
          (typeof held === 'function' && wanted.field === /** @type {Record<string, string>} */ (GIVEN)[wanted.module]),
        String(held),
      );
      return;
    }
    await assert.rejects(WebAssembly.instantiate(bytes, imports), (/** @type {Error} */ error) => {
      assert.ok(error instanceof TypeError || error instanceof WebAssembly.LinkError, String(error));
      return error.message.includes(`"${wanted.module}"`);
    });
  },
  /** An Emscripten program, whose script gives objects that inherit. @param {Import} wanted @param {() => number} wrote */
  async emscripten(wanted, wrote) {
    const factory = (/** @type {any} */ options) =>
      void options.instantiateWasm(
        {
          wasi_snapshot_preview1: { fd_write: wrote, sched_yield: wrote, proc_exit() {} },
          env: { f() {} },
          wasmsig: { attach() {} },
        },
        wrote,
      );
    await assert.rejects(
      runFactory(factory, { callable: true, name: 'p', host: someHost(), bytes: importing(wanted) }),
      named(wanted),
    );
  },
  /** The whole way, with a worker. @param {Import} wanted @param {() => number} wrote */
  async spawn(wanted, wrote) {
    const child = spawn(importing(wanted), { stdin: 'ignore', stdout: 'pipe' });
    child.stdout?.on('data', wrote);
    await assert.rejects(child.exited, named(wanted));
  },
};

function someHost() {
  return new ProgramHost({ queue: createQueue(headerFor({})), post() {} });
}

/**
 * @param {{some?: number, spawns: number, seed: number, tell?: (line: string) => void}} options  `some`: a random choice of the imports in each way of starting, instead of all of
 *   them. `spawns`: how many through a worker
 * @returns {Promise<Outcome>}
 */
export async function fuzzImports({ some, spawns, seed, tell = () => {} }) {
  const all = reachableImports();
  /** @type {Record<string, number>} */
  const refused = {};
  for (const [way, refuses] of Object.entries(WAYS)) {
    const chosen = choose(all, way === 'spawn' ? spawns : (some ?? all.length), seed);
    refused[way] = 0;
    for (const wanted of chosen) {
      let ran = 0;
      await refuses(wanted, () => ++ran && 0).catch((error) => {
        throw new Error(`${way}, ${JSON.stringify(wanted)}`, { cause: error });
      });
      assert.equal(ran, 0, `${way}: a module that imports ${JSON.stringify(wanted)} ran`);
      refused[way]++;
    }
    tell(`imports that nobody gave: ${way} refused ${refused[way]}`);
  }
  return { reachable: all.length, refused };
}

/** @template T @param {T[]} list @param {number} count @param {number} seed @returns {T[]} */
function choose(list, count, seed) {
  if (count >= list.length) return list;
  const start = seed % list.length;
  // A step that has no common factor with the length meets everything once.
  const step = 7919;
  return Array.from({ length: count }, (_, i) => list[(start + i * step) % list.length]);
}
