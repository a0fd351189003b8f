#include "instrument/plan/graph.hpp"
#include "instrument/sort.hpp"

namespace wasmsig::instrument {
namespace {

uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

class Tarjan {
 public:
  Tarjan(Memory& memory, const Graph& graph, Groups& components)
      : graph_(graph),
        components_(components),
        nodes_(zeroed<Node>(memory, graph.size)),
        stack_(memory),
        path_(memory) {}

  void search(uint32_t root, Span<const uint8_t> removed) {
    if (removed[root] != 0 || nodes_[root].number != 0) return;
    enter(root);
    while (!path_.empty()) {
      const uint32_t at = path_.last();
      Node& node = nodes_[at];
      if (node.next == graph_.offsets[at + 1]) {
        leave();
        continue;
      }
      const uint32_t target = graph_.targets[node.next++];
      if (removed[target] != 0) continue;
      if (nodes_[target].number == 0)
        enter(target);
      else if (nodes_[target].is_on_stack)
        node.lowest = least(node.lowest, nodes_[target].number);
    }
  }

 private:
  struct Node {
    uint32_t number;  // in the order of discovery, from 1
    uint32_t lowest;
    uint32_t next;  // of its edges
    bool is_on_stack;
  };

  void enter(uint32_t at) {
    const uint32_t number = ++discovered_;
    nodes_[at] = {number, number, graph_.offsets[at], true};
    stack_.push(at);
    path_.push(at);
  }

  void leave() {
    const uint32_t at = path_.pop();
    const Node& node = nodes_[at];
    if (!path_.empty()) {
      Node& before = nodes_[path_.last()];
      before.lowest = least(before.lowest, node.lowest);
    }
    if (node.lowest != node.number) return;
    uint32_t start = stack_.size();
    do nodes_[stack_[--start]].is_on_stack = false;
    while (stack_[start] != at);
    const Span<uint32_t> component{stack_.begin() + start, stack_.size() - start};
    if (component.size > 1 || has_edge_to_itself(at)) {
      sort_by(component, [](uint32_t one) { return one; });
      components_.add({component.data, component.size});
    }
    stack_.resize(start);
  }

  bool has_edge_to_itself(uint32_t at) const {
    for (const uint32_t target : graph_.edges(at))
      if (target == at) return true;
    return false;
  }

  const Graph& graph_;
  Groups& components_;
  Span<Node> nodes_;
  List<uint32_t> stack_;
  List<uint32_t> path_;
  uint32_t discovered_ = 0;
};

}  // namespace

void strongly_connected_components(Memory& memory, const Graph& graph, Span<const uint8_t> removed,
                                   Groups& components) {
  Tarjan tarjan(memory, graph, components);
  for (uint32_t root = 0; root < graph.size; ++root) tarjan.search(root, removed);
}

}  // namespace wasmsig::instrument
