#include "instrument/plan/plan.hpp"

#include "instrument/plan/call_graph.hpp"
#include "instrument/plan/callers.hpp"
#include "instrument/plan/work.hpp"

namespace wasmsig::instrument {
namespace {

// The engines' common limit on one function's size.
constexpr uint32_t kMaxFunctionBytes = 7654321;
// An upper bound of the bytes that one safe point, and one changed branch, add.
constexpr uint64_t kBytesOfSafePoint = 224;
constexpr uint64_t kBytesOfBranch = 4;

// A function is small enough to be inlined: only for those an outlined copy is made. The engine of Node and Chromium
// inlines functions of up to 500 bytes. In inlined code a call of the slow path costs registers and worsens the code
// layout, unless it is in tail position; elsewhere it does not.
bool is_small(const Range& body) { return body.size() <= 500; }

bool grows_too_large(const Placement& placement, uint32_t size) {
  return size <= kMaxFunctionBytes && size + placement.repeated + (placement.loops.size + 1) * kBytesOfSafePoint +
                                              placement.branches * kBytesOfBranch >
                                          kMaxFunctionBytes;
}

class Planner {
 public:
  Planner(Context& context, const Module& module, const PlanRequest& request, Plan& plan)
      : context_(context),
        module_(module),
        request_(request),
        plan_(plan),
        placer_(context, module),
        eager_(context.memory),
        found_(context.memory) {
    plan.functions = zeroed<FunctionPlan>(context.memory, module.bodies.size());
  }

  bool make() {
    for (uint32_t i = 0; i < plan_.functions.size; ++i)
      if (!place_first(i)) return false;
    if (request_.loads) {
      for (uint32_t i = 0; i < plan_.functions.size; ++i)
        if (!check_at_entry_instead(i)) return false;
    }
    const Span<const FunctionPlan> plans{plan_.functions.data, plan_.functions.size};
    CallGraph calls(context_, module_, plans);
    if (!calls.prepare()) return false;
    calls.update();
    choose(calls);
    plan_.opaque = find_opaque(context_.memory, module_, Callers(context_.memory, module_, plans));
    if (has_chosen_ && !(place_again() && cover(calls))) return false;
    finish(calls, plans);
    return true;
  }

 private:
  bool place(uint32_t i, const PlacementOptions& how, Placement& result) {
    const FunctionPlan& plan = plan_.functions[i];
    PlacementOptions options = how;
    options.is_excluded = plan.excuse != Excuse::kNone;
    options.unrolls = plan.unrolls;
    options.entry = plan.entry || how.entry;
    return placer_.place(module_.bodies[i], options, result);
  }
  bool place(uint32_t i, const PlacementOptions& how = {}) { return place(i, how, plan_.functions[i].placement); }

  bool place_first(uint32_t i) {
    FunctionPlan& plan = plan_.functions[i];
    plan = {};
    plan.excuse = request_.excuses[i];
    plan.unrolls = !request_.prefers_size;
    if (!place(i)) return false;
    const uint32_t size = module_.bodies[i].size();
    if (plan.placement.unknown) {
      plan.excuse = Excuse::kUnreadable;
      return place(i);
    }
    if (plan.excuse != Excuse::kNone || !grows_too_large(plan.placement, size)) return true;
    plan.unrolls = false;
    if (!place(i)) return false;
    if (!grows_too_large(plan.placement, size)) return true;
    plan.excuse = Excuse::kLarge;
    return place(i);
  }

  // Gives a function a safe point at its entry. A countdown's slow path is not worth a copy: what its check costs is the
  // store to the global.
  void enter(uint32_t i) {
    FunctionPlan& plan = plan_.functions[i];
    plan.entry = true;
    plan.copied = request_.loads && !request_.prefers_size && is_small(module_.bodies[i]);
  }

  // Moves the check of a small recursive function to its entry, if that removes the safe points of all its loops: then
  // each round makes such a call.
  bool check_at_entry_instead(uint32_t i) {
    FunctionPlan& plan = plan_.functions[i];
    const uint32_t function = module_.first_own() + i;
    bool calls_itself = false;
    for (const Callee& callee : plan.placement.callees) calls_itself = calls_itself || callee.function == function;
    if (plan.excuse != Excuse::kNone || !calls_itself || !is_small(module_.bodies[i]) ||
        !plan.placement.has_any_safe_point())
      return true;
    Placement placement;
    PlacementOptions how;
    how.entry = true;
    how.itself = function;
    if (!place(i, how, placement)) return false;
    if (placement.has_any_safe_point()) return true;
    plan.entry = true;
    plan.placement = placement;
    eager_.push(function);
    return true;
  }

  // Chooses functions that get a safe point at their entry, so that every cycle of calls passes one.
  void choose(CallGraph& calls) {
    Memory& memory = context_.memory;
    const uint32_t size = calls.graph().size;
    const Span<uint8_t> safe = zeroed<uint8_t>(memory, size);
    for (const uint32_t function : request_.safe) safe[function] = 1;
    calls.cycles(as_const(safe), found_);
    plan_.in_cycles = found_.size() + eager_.size();

    const Span<uint8_t> may_check = zeroed<uint8_t>(memory, size);
    for (uint32_t i = 0; i < plan_.functions.size; ++i)
      may_check[module_.first_own() + i] = plan_.functions[i].excuse == Excuse::kNone ? 1 : 0;
    context_.search.reset();
    FeedbackSet set(context_.search);
    find_feedback_set(context_.search, calls.graph(), as_const(may_check), as_const(safe), set);

    removed_ = safe;
    chosen_ = zeroed<uint8_t>(memory, module_.functions());
    has_chosen_ = !set.chosen.empty() || !eager_.empty();
    for (const uint32_t function : set.chosen) chosen_[function] = removed_[function] = 1;
    for (const uint32_t node : set.unbroken.nodes) removed_[node] = 1;
    for (const uint32_t function : eager_) chosen_[function] = 1;
    keep_unbroken(set.unbroken);
  }

  void keep_unbroken(const Groups& groups) {
    for (uint32_t i = 0; i < groups.size(); ++i) {
      found_.clear();
      for (const uint32_t node : groups[i])
        if (module_.is_own(node)) found_.push(node);
      if (!found_.empty()) plan_.unbroken.add({found_.begin(), found_.size()});
    }
  }

  // Lets calls of the chosen functions count as checks.
  bool place_again() {
    PlacementOptions how;
    how.chosen = as_const(chosen_);
    for (uint32_t i = 0; i < plan_.functions.size; ++i) {
      FunctionPlan& plan = plan_.functions[i];
      const bool had_entry = plan.entry;
      if (chosen_[module_.first_own() + i] != 0) enter(i);
      if (!plan.entry && !plan.placement.has_any_safe_point()) continue;
      // Without a call of a chosen function the placement is the same.
      if (plan.entry == had_entry && !calls_chosen(plan.placement)) continue;
      if (!place(i, how)) return false;
    }
    return true;
  }

  bool calls_chosen(const Placement& placement) const {
    for (const Callee& callee : placement.callees)
      if (callee.function < chosen_.size && chosen_[callee.function] != 0) return true;
    return false;
  }

  // Gives the functions of cycles that are without a check now the safe points of their loops again.
  bool cover(CallGraph& calls) {
    for (;;) {
      calls.update();
      calls.cycles(as_const(removed_), found_);
      if (found_.empty()) return true;
      for (const uint32_t function : found_)
        if (!place(function - module_.first_own())) return false;
    }
  }

  void finish(CallGraph& calls, Span<const FunctionPlan> plans) {
    for (const uint32_t function : eager_) removed_[function] = 1;
    find_long_calls(context_, module_, calls, plans, as_const(removed_), found_);
    for (const uint32_t function : found_) enter(function - module_.first_own());
    plan_.long_calls = found_.size();
  }

  static Span<const uint8_t> as_const(Span<uint8_t> span) { return {span.data, span.size}; }

  Context& context_;
  const Module& module_;
  const PlanRequest& request_;
  Plan& plan_;
  Placer placer_;
  List<uint32_t> eager_;  // functions that check at their entry instead of in their loops
  List<uint32_t> found_;
  Span<uint8_t> chosen_;   // by function
  Span<uint8_t> removed_;  // by node of the graph: without these it is acyclic
  bool has_chosen_ = false;
};

}  // namespace

bool make_plan(Context& context, const Module& module, const PlanRequest& request, Plan& plan) {
  return Planner(context, module, request, plan).make();
}

}  // namespace wasmsig::instrument
