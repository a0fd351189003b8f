#include "instrument/plan/graph.hpp"

namespace wasmsig::instrument {
namespace {

// How much work the searches in a component may be, in multiples of a search through all of it. What programs need is less
// than one. With more, a graph that was made for it would take the square of its size: then all nodes are chosen.
constexpr uint64_t kMostSearches = 64;

class Finder {
 public:
  Finder(Memory& memory, const Graph& graph, Span<const uint8_t> may_choose, Span<uint8_t> removed, FeedbackSet& result)
      : graph_(graph),
        may_choose_(may_choose),
        removed_(removed),
        result_(result),
        nodes_(zeroed<Node>(memory, graph.size)),
        edges_(memory),
        ordered_(memory),
        path_(memory),
        sources_(memory),
        forwards_(memory),
        backwards_(memory),
        todo_(memory),
        reverse_(memory) {}

  void add_from(Span<uint32_t> component) {
    component_++;
    for (const uint32_t node : component) {
      nodes_[node] = {};
      nodes_[node].component = component_;
    }
    has_reverse_ = false;
    bool has_allowed = false;
    for (const uint32_t node : component) has_allowed = has_allowed || may_choose_[node] != 0;
    if (!has_allowed) {
      result_.unbroken.add({component.data, component.size});
      for (const uint32_t node : component) removed_[node] = 1;
      return;
    }
    work_ = 0;
    find_back_edges(component);
    most_work_ = work_ * kMostSearches;
    work_ = 0;
    for (const uint32_t target : ordered_) {
      cover(target, component);
      if (work_ > most_work_) return choose_all(component);
    }
  }

 private:
  enum State : uint8_t { kNew, kOnPath, kDone };
  struct Node {
    uint32_t component;   // its current one
    uint32_t next;        // of its edges
    uint32_t first_back;  // plus 1, in edges_: the back edges to it
    uint32_t last_back;
    uint32_t seen;  // the search that has seen it
    uint32_t reverse_start;
    uint32_t reverse_end;
    State state;
  };
  // A back edge to a node.
  struct BackEdge {
    uint32_t source;
    uint32_t next;  // plus 1
  };

  void choose(uint32_t node) {
    if (removed_[node] != 0) return;  // chosen already
    result_.chosen.push(node);
    removed_[node] = 1;
  }

  void choose_all(Span<uint32_t> component) {
    for (const uint32_t node : component)
      if (may_choose_[node] != 0) choose(node);
  }

  // Whether this is the target of an edge within the component.
  bool is_successor(uint32_t target) const { return removed_[target] == 0 && nodes_[target].component == component_; }

  // The back edges of a depth-first search: their targets in the order in which they were found first.
  void find_back_edges(Span<uint32_t> component) {
    edges_.clear();
    ordered_.clear();
    for (const uint32_t root : component) {
      if (nodes_[root].state != kNew) continue;
      enter(root);
      while (!path_.empty()) step();
    }
  }

  void enter(uint32_t node) {
    nodes_[node].state = kOnPath;
    nodes_[node].next = graph_.offsets[node];
    work_ += 1 + graph_.edges(node).size;
    path_.push(node);
  }

  void step() {
    const uint32_t at = path_.last();
    Node& node = nodes_[at];
    while (node.next < graph_.offsets[at + 1]) {
      const uint32_t target = graph_.targets[node.next++];
      if (!is_successor(target)) continue;
      if (nodes_[target].state == kOnPath) add_back_edge(at, target);
      if (nodes_[target].state == kNew) return enter(target);
    }
    node.state = kDone;
    path_.pop();
  }

  void add_back_edge(uint32_t source, uint32_t target) {
    edges_.push({source, 0});
    Node& node = nodes_[target];
    if (node.first_back == 0) {
      ordered_.push(target);
      node.first_back = edges_.size();
    } else {
      edges_[node.last_back - 1].next = edges_.size();
    }
    node.last_back = edges_.size();
  }

  void cover(uint32_t target, Span<uint32_t> component) {
    sources_.clear();
    bool may_choose_all = true;
    for (uint32_t edge = nodes_[target].first_back; edge != 0; edge = edges_[edge - 1].next) {
      const uint32_t source = edges_[edge - 1].source;
      if (removed_[source] != 0) continue;
      sources_.push(source);
      may_choose_all = may_choose_all && may_choose_[source] != 0;
    }
    if (removed_[target] != 0 || sources_.empty()) return;
    if (may_choose_[target] != 0) return choose(target);
    first_forwards(target);
    if (!may_choose_all) first_backwards(component);
    const List<uint32_t>& backwards = may_choose_all ? sources_ : backwards_;
    // Either set cuts all paths through these edges that contain an allowed node. Both are empty only if an earlier
    // choice has cut them all.
    for (const uint32_t node : forwards_.size() <= backwards.size() ? forwards_ : backwards) choose(node);
  }

  // The first allowed nodes on all paths from the target.
  void first_forwards(uint32_t target) {
    search_++;
    forwards_.clear();
    todo_.clear();
    see(target);
    while (!todo_.empty()) {
      const uint32_t node = todo_.pop();
      work_++;
      if (may_choose_[node] != 0) {
        forwards_.push(node);
        continue;
      }
      work_ += graph_.edges(node).size;
      for (const uint32_t next : graph_.edges(node))
        if (is_successor(next)) see(next);
    }
  }

  // The same on all paths to the sources.
  void first_backwards(Span<uint32_t> component) {
    search_++;
    backwards_.clear();
    todo_.clear();
    for (const uint32_t source : sources_) {
      nodes_[source].seen = search_;
      todo_.push(source);  // also a second time, for two edges
    }
    while (!todo_.empty()) {
      const uint32_t node = todo_.pop();
      work_++;
      if (may_choose_[node] != 0) {
        backwards_.push(node);
        continue;
      }
      if (!has_reverse_) make_reverse(component);
      work_ += nodes_[node].reverse_end - nodes_[node].reverse_start;
      for (uint32_t i = nodes_[node].reverse_start; i < nodes_[node].reverse_end; ++i)
        if (removed_[reverse_[i]] == 0) see(reverse_[i]);
    }
  }

  void see(uint32_t node) {
    if (nodes_[node].seen == search_) return;
    nodes_[node].seen = search_;
    todo_.push(node);
  }

  // The component's edges, reversed.
  void make_reverse(Span<uint32_t> component) {
    has_reverse_ = true;
    for (const uint32_t node : component) nodes_[node].reverse_end = 0;
    for_each_edge(component, [this](uint32_t /*source*/, uint32_t target) { nodes_[target].reverse_end++; });
    uint32_t total = 0;
    for (const uint32_t node : component) {
      const uint32_t count = nodes_[node].reverse_end;
      nodes_[node].reverse_start = nodes_[node].reverse_end = total;
      total += count;
    }
    reverse_.resize(total);
    for_each_edge(component,
                  [this](uint32_t source, uint32_t target) { reverse_[nodes_[target].reverse_end++] = source; });
  }

  template <class Each>
  void for_each_edge(Span<uint32_t> component, Each each) const {
    for (const uint32_t source : component)
      for (const uint32_t target : graph_.edges(source))
        if (is_successor(target)) each(source, target);
  }

  const Graph& graph_;
  Span<const uint8_t> may_choose_;
  Span<uint8_t> removed_;
  FeedbackSet& result_;
  Span<Node> nodes_;
  List<BackEdge> edges_;
  List<uint32_t> ordered_;  // targets of back edges
  List<uint32_t> path_;
  List<uint32_t> sources_;
  List<uint32_t> forwards_;
  List<uint32_t> backwards_;
  List<uint32_t> todo_;
  List<uint32_t> reverse_;
  bool has_reverse_ = false;
  uint32_t component_ = 0;
  uint32_t search_ = 0;
  uint64_t work_ = 0;  // steps of the searches so far
  uint64_t most_work_ = 0;
};

}  // namespace

void find_feedback_set(Memory& memory, const Graph& graph, Span<const uint8_t> may_choose, Span<const uint8_t> removed,
                       FeedbackSet& result) {
  const Span<uint8_t> gone = zeroed<uint8_t>(memory, graph.size);
  memcpy(gone.data, removed.data, graph.size);
  Finder finder(memory, graph, may_choose, gone, result);
  Groups components(memory);
  for (;;) {
    components.nodes.clear();
    components.ends.clear();
    strongly_connected_components(memory, graph, {gone.data, gone.size}, components);
    if (components.empty()) return;
    for (uint32_t i = 0; i < components.size(); ++i) finder.add_from(components[i]);
  }
}

}  // namespace wasmsig::instrument
