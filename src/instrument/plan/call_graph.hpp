// The call graph without the calls before which a check has been made. Its nodes are all functions, then one node for
// each type of function that is called through tables or references, then the host, then one node for code that could
// not be read.
//
// Where the callees are unknown, the graph has more edges rather than fewer. A call through a table or a reference
// reaches every function of a fitting type to which anything refers or that is exported (a host can put those into
// tables); it reaches the host too, if the host shares a table. An imported function, other than WASI's and ours, may
// call every one of these. Code that could not be read may call everything.
#pragma once

#include "instrument/plan/plan.hpp"
#include "instrument/wasm/references.hpp"
#include "instrument/wasm/type_table.hpp"

namespace wasmsig::instrument {

// Whether the functions of a host call nothing of the program except `wasmsig_deliver`, which is a safe point itself.
bool is_quiet_host(Bytes module);

class CallGraph {
 public:
  CallGraph(Context& context, const Module& module, Span<const FunctionPlan> plans);

  // Finds the nodes. False: the context has failed.
  bool prepare();
  // Makes the graph of the functions' present placements.
  void update();

  const Graph& graph() const { return graph_; }
  // For each edge the number of calls in the code for which it stands.
  Span<const uint32_t> weights() const { return {weights_.begin(), weights_.size()}; }
  bool is_own(uint32_t node) const { return module_.is_own(node); }

  // The module's own functions that lie on cycles. `removed`: not 0 for nodes to ignore.
  void cycles(Span<const uint8_t> removed, List<uint32_t>& result);

 private:
  bool check_functions(const References& references);
  uint32_t first_same(uint32_t type) const;
  uint32_t kind(uint32_t type);
  void edge_to_type(uint32_t type, uint32_t weight);
  void add_fixed();
  void add_own(const Placement& placement);
  void edge(uint32_t target, uint32_t weight = 1) {
    targets_.push(target);
    weights_.push(weight);
  }
  void end_node() { offsets_.push(targets_.size()); }

  Context& context_;
  const Module& module_;
  Span<const FunctionPlan> plans_;
  References references_;
  TypeTable types_;
  Span<uint32_t> kind_of_type_;  // by the first type of each class, the last for no function type: its node, plus 1
  List<uint32_t> kinds_;         // the classes, in the order of their nodes
  List<uint32_t> members_;       // the references, by their class
  Span<uint32_t> member_ends_;   // of each class
  uint32_t host_ = 0;
  List<uint32_t> offsets_;
  List<uint32_t> targets_;
  List<uint32_t> weights_;
  Graph graph_;
};

}  // namespace wasmsig::instrument
