// Directed graphs.
#pragma once

#include "instrument/memory.hpp"

namespace wasmsig::instrument {

// The edges of node n are targets[offsets[n]] up to targets[offsets[n + 1] - 1].
struct Graph {
  uint32_t size = 0;
  Span<uint32_t> offsets;
  Span<uint32_t> targets;

  Span<uint32_t> edges(uint32_t node) const {
    return {targets.data + offsets[node], offsets[node + 1] - offsets[node]};
  }
};

// Lists of nodes, one behind the other.
struct Groups {
  explicit Groups(Memory& memory) : nodes(memory), ends(memory) {}

  uint32_t size() const { return ends.size(); }
  bool empty() const { return ends.empty(); }
  Span<uint32_t> operator[](uint32_t group) const {
    const uint32_t start = group == 0 ? 0 : ends[group - 1];
    return {nodes.begin() + start, ends[group] - start};
  }
  void add(Span<const uint32_t> group) {
    nodes.append(group.data, group.size);
    ends.push(nodes.size());
  }

  List<uint32_t> nodes;
  List<uint32_t> ends;
};

// The strongly connected components of a graph, without single nodes that have no edge to themselves, by Tarjan's
// algorithm without recursion. The nodes of each ascend. `removed`: not 0 for nodes to ignore.
void strongly_connected_components(Memory& memory, const Graph& graph, Span<const uint8_t> removed, Groups& components);

// A feedback vertex set: nodes so that every cycle contains one of them. It is small, not minimal.
struct FeedbackSet {
  explicit FeedbackSet(Memory& memory) : chosen(memory), unbroken(memory) {}

  List<uint32_t> chosen;
  Groups unbroken;  // components without an allowed node
};

// Finds one. `may_choose`: not 0 for nodes that are allowed. `removed`: not 0 for nodes that need no choice, because
// they are safe points; it is not changed.
//
// A depth-first search meets at least one back edge of every cycle. For each back edge choose its target or its source;
// if neither is allowed, the first allowed nodes on all paths forwards from the target, or backwards from the source.
// This leaves cycles that have no allowed node; they are found when the search is repeated. Each round chooses a node
// in each component that has an allowed one, because there every node is reachable from every other.
void find_feedback_set(Memory& memory, const Graph& graph, Span<const uint8_t> may_choose, Span<const uint8_t> removed,
                       FeedbackSet& result);

}  // namespace wasmsig::instrument
