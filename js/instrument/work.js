// @ts-check
/** @typedef {import('./call_graph.js').CallGraph} CallGraph */
/** @typedef {import('./placement.js').Placement} Placement */

/** This many instructions take about 100 microseconds. */
export const MAX_WORK = 1 << 18;

/**
 * Chooses functions that check at their entry because otherwise more than MAX_WORK instructions might run without a
 * check: the work of a tree of calls grows with every level although no function of it calls itself.
 *
 * The work of a function is all of its instructions, as if each ran once (a loop that runs again has a safe point, or
 * is short and counted with its rounds), plus the work of the callee of each call before which no check is made. For a
 * callee that checks at its entry this is 1; for a table or a reference, the maximum over its possible targets. Calls
 * after a check do not count, because their function checks whenever it reaches them. So between two checks there are
 * at most MAX_WORK instructions for each activation that is left or continues, besides the code of those functions
 * themselves.
 *
 * @param {CallGraph} calls
 * @param {Placement[]} placements of the module's own functions
 * @param {(index: number) => boolean} mayCheck
 * @param {ReadonlySet<number>} removed nodes without which the graph is acyclic: they have a check, or cannot
 * @returns {number[]} the chosen functions
 */
export function longCalls(calls, placements, mayCheck, removed) {
  const graph = calls.weightedGraph(placements);
  const first = calls.view.importedFunctions;
  const work = new Float64Array(graph.size).fill(1);
  /** @type {number[]} */
  const chosen = [];
  for (const node of calleesFirst(graph, removed)) {
    const own = calls.isOwn(node);
    let sum = own ? placements[node - first].cost : 0;
    let most = 0;
    for (let i = graph.offsets[node]; i < graph.offsets[node + 1]; ++i) {
      const one = work[graph.targets[i]];
      sum += one * graph.weights[i];
      most = Math.max(most, one);
    }
    work[node] = own ? sum : most + 1;
    if (!own || work[node] <= MAX_WORK || !mayCheck(node)) continue;
    chosen.push(node);
    work[node] = 1;
  }
  return chosen.sort((a, b) => a - b);
}

/**
 * The nodes of an acyclic graph in postorder: each after all targets of its edges. A depth-first search without
 * recursion.
 *
 * @param {import('./components.js').Graph} graph
 * @param {ReadonlySet<number>} removed nodes to ignore
 */
function calleesFirst({ size, offsets, targets }, removed) {
  const next = offsets.slice(0, size);
  const seen = new Uint8Array(size);
  for (const node of removed) seen[node] = 1;
  /** @type {number[]} */
  const order = [];
  for (let root = 0; root < size; ++root) {
    if (seen[root]) continue;
    seen[root] = 1;
    const path = [root];
    while (path.length > 0) {
      const node = path[path.length - 1];
      if (next[node] === offsets[node + 1]) {
        order.push(node);
        path.pop();
        continue;
      }
      const target = targets[next[node]++];
      if (seen[target]) continue;
      seen[target] = 1;
      path.push(target);
    }
  }
  return order;
}
