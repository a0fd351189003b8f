// @ts-check

/**
 * A directed graph: the edges of node n are `targets[offsets[n]]` up to `targets[offsets[n + 1] - 1]`.
 *
 * @typedef {{size: number, offsets: Uint32Array, targets: Uint32Array}} Graph
 */

/**
 * @param {Iterable<number>[]} edges the targets of each node
 * @returns {Graph}
 */
export function makeGraph(edges) {
  const offsets = new Uint32Array(edges.length + 1);
  /** @type {number[]} */
  const targets = [];
  edges.forEach((list, node) => {
    for (const target of list) targets.push(target);
    offsets[node + 1] = targets.length;
  });
  return { size: edges.length, offsets, targets: Uint32Array.from(targets) };
}

/**
 * The strongly connected components of a graph, without single nodes that have no edge to themselves, by Tarjan's
 * algorithm without recursion.
 *
 * @param {Graph} graph
 * @param {Uint8Array} removed not 0 for nodes to ignore
 * @returns {number[][]}
 */
export function stronglyConnectedComponents({ size, offsets, targets }, removed) {
  const number = new Uint32Array(size); // in the order of discovery, from 1
  const lowest = new Uint32Array(size);
  const next = offsets.slice(0, size);
  const onStack = new Uint8Array(size);
  /** @type {number[]} */
  const stack = [];
  /** @type {number[]} */
  const path = [];
  /** @type {number[][]} */
  const components = [];
  let discovered = 0;
  const enter = (/** @type {number} */ node) => {
    number[node] = lowest[node] = ++discovered;
    onStack[node] = 1;
    stack.push(node);
    path.push(node);
  };
  const leave = () => {
    const node = /** @type {number} */ (path.pop());
    if (path.length > 0) lowest[path[path.length - 1]] = Math.min(lowest[path[path.length - 1]], lowest[node]);
    if (lowest[node] !== number[node]) return;
    const component = stack.splice(stack.lastIndexOf(node));
    for (const member of component) onStack[member] = 0;
    if (component.length > 1 || hasEdge(node, node)) components.push(component.sort((a, b) => a - b));
  };
  const hasEdge = (/** @type {number} */ from, /** @type {number} */ to) =>
    targets.subarray(offsets[from], offsets[from + 1]).includes(to);

  for (let root = 0; root < size; ++root) {
    if (removed[root] || number[root]) continue;
    enter(root);
    while (path.length > 0) {
      const node = path[path.length - 1];
      if (next[node] === offsets[node + 1]) {
        leave();
        continue;
      }
      const target = targets[next[node]++];
      if (removed[target]) continue;
      if (!number[target]) enter(target);
      else if (onStack[target]) lowest[node] = Math.min(lowest[node], number[target]);
    }
  }
  return components;
}

/**
 * Finds a feedback vertex set: nodes so that every cycle contains one of them. It is small, not minimal.
 *
 * A depth-first search meets at least one back edge of every cycle. For each back edge choose its target or its source;
 * if neither is allowed, the first allowed nodes on all paths forwards from the target, or backwards from the source.
 * This leaves cycles that have no allowed node; they are found when the search is repeated. Each round chooses a node
 * in each component that has an allowed one, because there every node is reachable from every other.
 *
 * @param {Graph} graph
 * @param {(node: number) => boolean} mayChoose whether a node is allowed
 * @param {Uint8Array} removed not 0 for nodes that need no choice, because they are safe points. It is not changed
 * @returns {{chosen: Set<number>, unbroken: number[][]}} `unbroken`: components without an allowed node
 */
export function feedbackVertexSet(graph, mayChoose, removed) {
  const feedback = new FeedbackSet(graph, mayChoose, removed);
  for (;;) {
    const components = stronglyConnectedComponents(graph, feedback.removed);
    if (components.length === 0) return { chosen: feedback.chosen, unbroken: feedback.unbroken };
    for (const component of components) feedback.addFrom(component);
  }
}

class FeedbackSet {
  /** @param {Graph} graph @param {(node: number) => boolean} mayChoose @param {Uint8Array} removed */
  constructor(graph, mayChoose, removed) {
    this.graph = graph;
    this.mayChoose = mayChoose;
    this.removed = removed.slice();
    /** @type {Set<number>} */
    this.chosen = new Set();
    /** @type {number[][]} */
    this.unbroken = [];
    /** The current component of each node. */
    this.componentOf = new Uint32Array(graph.size);
    this.components = 0;
    /** The current component's edges, reversed; null until needed. @type {Map<number, number[]> | null} */
    this.reverse = null;
  }

  /** @param {number} node */
  choose(node) {
    this.chosen.add(node);
    this.removed[node] = 1;
  }

  /** @param {number[]} component */
  addFrom(component) {
    this.components++;
    for (const node of component) this.componentOf[node] = this.components;
    this.reverse = null;
    if (!component.some(this.mayChoose)) {
      this.unbroken.push(component);
      for (const node of component) this.removed[node] = 1;
      return;
    }
    for (const [target, sources] of this.backEdges(component))
      this.coverEdges(
        target,
        sources.filter((source) => !this.removed[source]),
        component,
      );
  }

  /** The targets of a node's edges within its component. @param {number} node */
  *successors(node) {
    const { offsets, targets } = this.graph;
    for (let i = offsets[node]; i < offsets[node + 1]; ++i)
      if (!this.removed[targets[i]] && this.componentOf[targets[i]] === this.components) yield targets[i];
  }

  /** The back edges of a depth-first search: the sources of each target. @param {number[]} component */
  backEdges(component) {
    /** @type {Map<number, number[]>} */
    const back = new Map();
    const state = new Map(component.map((node) => [node, 0])); // 1: on the path, 2: done
    for (const root of component) {
      if (state.get(root)) continue;
      state.set(root, 1);
      const path = [{ node: root, edges: this.successors(root) }];
      while (path.length > 0) {
        const { node, edges } = path[path.length - 1];
        const { value: target, done } = edges.next();
        if (done) {
          state.set(node, 2);
          path.pop();
        } else if (state.get(target) === 1) {
          const sources = back.get(target);
          if (sources) sources.push(node);
          else back.set(target, [node]);
        } else if (state.get(target) === 0) {
          state.set(target, 1);
          path.push({ node: target, edges: this.successors(target) });
        }
      }
    }
    return back;
  }

  /** @param {number} target @param {number[]} sources @param {number[]} component */
  coverEdges(target, sources, component) {
    if (this.removed[target] || sources.length === 0) return;
    if (this.mayChoose(target)) return this.choose(target);
    const forwards = this.firstEligible([target], (node) => [...this.successors(node)]);
    const backwards = sources.every(this.mayChoose)
      ? sources
      : this.firstEligible(sources, (node) => this.predecessors(component, node));
    // Either set cuts all paths through these edges that contain an allowed node. Both are empty only if an earlier
    // choice has cut them all.
    for (const node of forwards.length <= backwards.length ? forwards : backwards) this.choose(node);
  }

  /**
   * The first allowed nodes on all paths from `from`.
   * @param {number[]} from
   * @param {(node: number) => number[]} neighbours
   */
  firstEligible(from, neighbours) {
    const seen = new Set(from);
    const choices = [];
    const todo = [...from];
    for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
      if (this.mayChoose(node)) {
        choices.push(node);
        continue;
      }
      for (const next of neighbours(node)) {
        if (seen.has(next)) continue;
        seen.add(next);
        todo.push(next);
      }
    }
    return choices;
  }

  /** @param {number[]} component @param {number} node */
  predecessors(component, node) {
    this.reverse ??= this.reversed(component);
    return (this.reverse.get(node) ?? []).filter((source) => !this.removed[source]);
  }

  /** @param {number[]} component */
  reversed(component) {
    /** @type {Map<number, number[]>} */
    const reverse = new Map(component.map((node) => [node, []]));
    for (const source of component) for (const target of this.successors(source)) reverse.get(target)?.push(source);
    return reverse;
  }
}
