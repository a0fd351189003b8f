#include "instrument/plan/work.hpp"

namespace wasmsig::instrument {
namespace {

// The nodes of an acyclic graph in postorder: each after all targets of its edges. A depth-first search without
// recursion.
void callees_first(Memory& memory, const Graph& graph, Span<const uint8_t> removed, List<uint32_t>& order) {
  const Span<uint32_t> next = zeroed<uint32_t>(memory, graph.size);
  const Span<uint8_t> seen = zeroed<uint8_t>(memory, graph.size);
  memcpy(seen.data, removed.data, graph.size);
  List<uint32_t> path(memory);
  const auto enter = [&](uint32_t node) {
    if (seen[node] != 0) return;
    seen[node] = 1;
    next[node] = graph.offsets[node];
    path.push(node);
  };
  for (uint32_t root = 0; root < graph.size; ++root) {
    enter(root);
    while (!path.empty()) {
      const uint32_t node = path.last();
      if (next[node] < graph.offsets[node + 1]) {
        enter(graph.targets[next[node]++]);
        continue;
      }
      order.push(node);
      path.pop();
    }
  }
}

// The work of a node whose callees' is known.
double work_of(const CallGraph& calls, uint32_t node, const FunctionPlan* plan, Span<const double> work) {
  const Graph& graph = calls.graph();
  double sum = plan ? plan->placement.cost : 0;
  double most = 0;
  for (uint32_t i = graph.offsets[node]; i < graph.offsets[node + 1]; ++i) {
    const double one = work[graph.targets[i]];
    sum += one * calls.weights()[i];
    most = most < one ? one : most;
  }
  return plan ? sum : most + 1;
}

}  // namespace

void find_long_calls(Context& context, const Module& module, const CallGraph& calls, Span<const FunctionPlan> plans,
                     Span<const uint8_t> removed, List<uint32_t>& chosen) {
  context.search.reset();
  const uint32_t size = calls.graph().size;
  const Span<double> work = zeroed<double>(context.search, size);
  for (double& one : work) one = 1;
  const Span<uint8_t> is_chosen = zeroed<uint8_t>(context.search, size);
  List<uint32_t> order(context.search);
  callees_first(context.search, calls.graph(), removed, order);
  for (const uint32_t node : order) {
    const FunctionPlan* const plan = calls.is_own(node) ? &plans[node - module.first_own()] : nullptr;
    work[node] = work_of(calls, node, plan, {work.data, work.size});
    if (!plan || work[node] <= kMaxWork || plan->excuse != Excuse::kNone) continue;
    is_chosen[node] = 1;
    work[node] = 1;
  }
  chosen.clear();
  for (uint32_t node = 0; node < size; ++node)
    if (is_chosen[node] != 0) chosen.push(node);
}

}  // namespace wasmsig::instrument
