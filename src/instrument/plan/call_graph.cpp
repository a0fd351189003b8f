#include "instrument/plan/call_graph.hpp"

namespace wasmsig::instrument {

bool is_quiet_host(Bytes module) {
  return equal(module, "wasi_snapshot_preview1") || equal(module, "wasi_unstable") || equal(module, "wasmsig");
}

// Types that are interchangeable for a call through a table are in the same class. In a module with subtypes or
// references to its own types, equality is not enough: there they are classed by their numbers of parameters and
// results, which interchangeable types share.
CallGraph::CallGraph(Context& context, const Module& module, Span<const FunctionPlan> plans)
    : context_(context),
      module_(module),
      plans_(plans),
      references_(context.memory, module),
      types_(context.memory, module, module.has_rich_types ? TypeTable::kCounts : TypeTable::kContents),
      kind_of_type_(zeroed<uint32_t>(context.memory, size_t{module.types.size()} + 1)),
      kinds_(context.memory),
      members_(context.memory),
      offsets_(context.memory),
      targets_(context.memory),
      weights_(context.memory) {}

bool CallGraph::prepare() {
  if (!references_.find(context_, module_)) return false;
  for (const FunctionPlan& plan : plans_)
    for (const uint32_t function : plan.placement.references) references_.add(function);
  if (!check_functions(references_)) return false;
  for (const uint32_t function : references_.list()) kind(module_.function_types[function]);
  for (const FunctionPlan& plan : plans_)
    for (const Calls& calls : plan.placement.types) kind(calls.callee);
  host_ = module_.functions() + kinds_.size();

  // The members of each class, in the order of the references.
  member_ends_ = zeroed<uint32_t>(context_.memory, size_t{kinds_.size()} + 1);
  const auto class_of = [this](uint32_t function) {
    return kind(module_.function_types[function]) - module_.functions();
  };
  for (const uint32_t function : references_.list()) member_ends_[class_of(function) + 1]++;
  for (uint32_t i = 0; i < kinds_.size(); ++i) member_ends_[i + 1] += member_ends_[i];
  members_.resize(references_.list().size());
  for (const uint32_t function : references_.list()) members_[member_ends_[class_of(function)]++] = function;
  return true;
}

bool CallGraph::check_functions(const References& references) {
  bool is_known = !references.has_unknown();
  for (const FunctionPlan& plan : plans_)
    for (const Calls& calls : plan.placement.functions) is_known = is_known && calls.callee < module_.functions();
  if (is_known) return true;
  return context_.fail(
      "invalid", "not a valid wasm module: it names a function that it does not have; build or download it again");
}

uint32_t CallGraph::first_same(uint32_t type) const {
  return module_.type(type) ? types_.first_same(type) : module_.types.size();
}

// The node of a function type.
uint32_t CallGraph::kind(uint32_t type) {
  const uint32_t first = first_same(type);
  if (kind_of_type_[first] == 0) {
    kinds_.push(first);
    kind_of_type_[first] = kinds_.size();
  }
  return module_.functions() + kind_of_type_[first] - 1;
}

// A function that is placed again may have a call without a check that it did not have before. If nothing of this type was
// called, and no reference is of it, then there is no node: such a call reaches only what the host puts into a table.
void CallGraph::edge_to_type(uint32_t type, uint32_t weight) {
  if (const uint32_t known = kind_of_type_[first_same(type)])
    edge(module_.functions() + known - 1, weight);
  else if (module_.shares_tables)
    edge(host_, weight);
}

void CallGraph::update() {
  offsets_.clear();
  targets_.clear();
  weights_.clear();
  end_node();
  for (const ImportedFunction& function : module_.imported_functions) {
    if (!is_quiet_host(function.module)) edge(host_);
    end_node();
  }
  for (const FunctionPlan& plan : plans_) add_own(plan.placement);
  add_fixed();
  graph_ = {offsets_.size() - 1, offsets_.span(), targets_.span()};
}

void CallGraph::add_own(const Placement& placement) {
  for (const Calls& calls : placement.functions) edge(calls.callee, calls.count);
  for (const Calls& calls : placement.types) edge_to_type(calls.callee, calls.count);
  if (placement.unknown) edge(host_ + 1);
  end_node();
}

void CallGraph::add_fixed() {
  for (uint32_t i = 0, at = 0; i < kinds_.size(); ++i) {
    for (; at < member_ends_[i]; ++at) edge(members_[at]);
    if (module_.shares_tables) edge(host_);
    end_node();
  }
  for (const uint32_t function : references_.list()) edge(function);
  end_node();
  for (uint32_t i = 0; i < kinds_.size(); ++i) edge(module_.functions() + i);
  edge(host_);
  for (uint32_t function = 0; function < module_.functions(); ++function) edge(function);
  end_node();
}

void CallGraph::cycles(Span<const uint8_t> removed, List<uint32_t>& result) {
  context_.search.reset();
  Groups components(context_.search);
  strongly_connected_components(context_.search, graph_, removed, components);
  result.clear();
  for (const uint32_t node : components.nodes)
    if (is_own(node)) result.push(node);
}

}  // namespace wasmsig::instrument
