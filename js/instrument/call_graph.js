// @ts-check
import { feedbackVertexSet, stronglyConnectedComponents, makeGraph } from './components.js';
import { InstrumentError } from './instrument_error.js';
import { findReferences } from './references.js';

/** @typedef {import('./components.js').Graph} Graph */
/** @typedef {import('./module_sections.js').ModuleView} ModuleView */
/** @typedef {import('./placement.js').Placement} Placement */

/** Hosts whose functions call nothing of the program except `wasmsig_deliver`, which is a safe point itself. */
export const QUIET_HOSTS = /^(?:wasi_snapshot_preview1|wasi_unstable|wasmsig)$/;

/**
 * The call graph without the calls before which a check has been made. Its nodes are all functions, then one node for
 * each type of function that is called through tables or references, then the host, then one node for code that could
 * not be read.
 *
 * Where the callees are unknown, the graph has more edges rather than fewer. A call through a table or a reference
 * reaches every function of a fitting type to which anything refers or that is exported (a host can put those into
 * tables); it reaches the host too, if the host shares a table. An imported function, other than WASI's and ours, may
 * call every one of these. Code that could not be read may call everything.
 */
export class CallGraph {
  /** @param {ModuleView} view @param {Placement[]} placements of the module's own functions */
  constructor(view, placements) {
    this.view = view;
    const references = findReferences(view);
    for (const placement of placements) for (const index of placement.references) references.add(index);
    const functions = view.functionTypes.length;
    const known = (/** @type {number} */ index) => index < functions;
    if (![...references].every(known) || !placements.every(({ calls }) => [...calls.functions.keys()].every(known))) {
      throw new InstrumentError(
        'invalid',
        'not a valid wasm module: it names a function that it does not have; build or download it again',
      );
    }
    /** The node of each class of function types. @type {Map<string, number>} */
    this.kinds = new Map();
    this.keyOf = typeKeys(view);
    for (const index of references) this.kind(view.functionTypes[index]);
    for (const placement of placements) for (const type of placement.calls.types.keys()) this.kind(type);
    this.host = functions + this.kinds.size;
    this.unread = this.host + 1;
    this.functions = functions;

    /** @type {number[][]} */
    this.fixed = [...this.kinds.values(), this.host, this.unread].map(() => []);
    for (const index of references) {
      this.fixed[this.kind(view.functionTypes[index]) - functions].push(index);
      this.fixed[this.kinds.size].push(index);
    }
    if (view.sharesTables) for (const node of this.kinds.values()) this.fixed[node - functions].push(this.host);
    this.fixed[this.kinds.size + 1] = [...this.kinds.values(), this.host, ...view.functionTypes.keys()];
    this.imported = view.importedFunctionModules.map((module) => (QUIET_HOSTS.test(module) ? [] : [this.host]));
  }

  /** The node of a function type. @param {number} type @returns {number} */
  kind(type) {
    const key = this.keyOf(type);
    const known = this.kinds.get(key);
    if (known !== undefined) return known;
    const node = this.view.functionTypes.length + this.kinds.size;
    this.kinds.set(key, node);
    return node;
  }

  /** @param {Placement[]} placements @returns {Graph} */
  graph(placements) {
    const own = placements.map(({ calls, unknown }) => [
      ...calls.functions.keys(),
      ...[...calls.types.keys()].map((type) => this.kind(type)),
      ...(unknown ? [this.unread] : []),
    ]);
    return makeGraph([...this.imported, ...own, ...this.fixed]);
  }

  /**
   * The same graph, with a weight for each edge: the number of calls in the code for which it stands.
   * @param {Placement[]} placements
   * @returns {Graph & {weights: Uint32Array}}
   */
  weightedGraph(placements) {
    const graph = this.graph(placements);
    const weights = new Uint32Array(graph.targets.length).fill(1);
    placements.forEach(({ calls }, i) =>
      weights.set(
        [...calls.functions.values(), ...calls.types.values()],
        graph.offsets[this.view.importedFunctions + i],
      ),
    );
    return { ...graph, weights };
  }

  /** @param {number} node */
  isOwn(node) {
    return node >= this.view.importedFunctions && node < this.functions;
  }

  /**
   * @param {Graph} graph
   * @param {Iterable<number>} removed nodes to ignore
   * @returns {number[]} the module's own functions that lie on cycles
   */
  cycles(graph, removed) {
    return stronglyConnectedComponents(graph, flags(graph.size, removed)).flatMap((group) =>
      group.filter((node) => this.isOwn(node)),
    );
  }

  /**
   * Chooses functions that get a safe point at their entry, so that every cycle of calls passes one.
   *
   * @param {Graph} graph
   * @param {(index: number) => boolean} mayCheck whether a function may have safe points
   * @param {Iterable<number>} safe functions that are safe points themselves
   * @returns {{chosen: Set<number>, removed: Set<number>, unbroken: number[][]}} `unbroken`: the functions of strongly
   *   connected components of which none may have one; `removed`: nodes without which the graph is acyclic
   */
  chooseEntries(graph, mayCheck, safe) {
    const { chosen, unbroken } = feedbackVertexSet(
      graph,
      (node) => this.isOwn(node) && mayCheck(node),
      flags(graph.size, safe),
    );
    return {
      chosen,
      removed: new Set([...safe, ...chosen, ...unbroken.flat()]),
      unbroken: unbroken.map((group) => group.filter((node) => this.isOwn(node))).filter((group) => group.length > 0),
    };
  }
}

/** @param {number} size @param {Iterable<number>} set */
function flags(size, set) {
  const array = new Uint8Array(size);
  for (const node of set) array[node] = 1;
  return array;
}

/**
 * A key for each function type. Types that are interchangeable for a call through a table have the same key. In a
 * module with subtypes or references to its own types, equality is not enough: there the key is the numbers of
 * parameters and results, which interchangeable types share.
 *
 * @param {ModuleView} view
 * @returns {(type: number) => string}
 */
function typeKeys({ bytes, types, hasRichTypes }) {
  const keys = types.map((type) => {
    if (!type) return '';
    const counts = `${type.paramCount},${type.resultCount}`;
    return hasRichTypes
      ? counts
      : `${counts}:${bytes.subarray(...type.params).join()}:${bytes.subarray(...type.results).join()}`;
  });
  return (type) => keys[type] ?? '';
}
