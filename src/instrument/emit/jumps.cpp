#include "instrument/emit/code_section.hpp"
#include "instrument/plan/callers.hpp"

namespace wasmsig::instrument {
namespace {

// Whether a handler may jump out of a function: it has safe points or calls others, but does not throw a jump itself.
// `__wasm_setjmp` does neither.
bool may_jump(const FunctionPlan& plan) {
  const Placement& placement = plan.placement;
  return placement.thrown.empty() &&
         (plan.entry || placement.has_any_safe_point() || !placement.callees.empty() || !placement.types.empty());
}

bool calls(const Placement& placement, uint32_t function) {
  for (const Callee& callee : placement.callees)
    if (callee.function == function) return true;
  return false;
}

bool may_have_handler(const FunctionPlan& plan, const JumpsOfModule& found) {
  if (plan.excuse != Excuse::kNone) return false;
  for (const uint32_t tag : plan.placement.caught)
    if (found.jumps.is_tag(tag)) return true;
  if (!found.jumps.older) return false;
  for (const Callee& callee : plan.placement.callees)
    if (found.older.is_invoke(callee.function)) return true;
  return false;
}

}  // namespace

bool find_jumps(Context& context, const Module& module, const Plan& plan, JumpsOfModule& result) {
  Memory& memory = context.memory;
  const Span<const FunctionPlan> plans{plan.functions.data, plan.functions.size};
  result.jumps.tags = find_longjmp_tags(context, module, plans);
  if (!find_older_longjmp(context, module, result.older)) return false;
  result.jumps.older = result.older.is_present() ? &result.older : nullptr;
  const Span<uint8_t> jumpers = zeroed<uint8_t>(memory, module.functions());
  List<uint32_t> with_handler(memory);
  for (uint32_t i = 0; i < plans.size; ++i) {
    const bool throws_itself = result.jumps.older && calls(plans[i].placement, result.older.thrower);
    jumpers[module.first_own() + i] = may_jump(plans[i]) && !throws_itself ? 1 : 0;
    if (may_have_handler(plans[i], result)) with_handler.push(module.first_own() + i);
  }
  result.jumps.jumpers = {jumpers.data, jumpers.size};
  result.with_handler = with_handler.span();
  // Only landings ask for it.
  if (!with_handler.empty()) result.jumps.quiet = find_quiet(memory, module, plans, Callers(memory, module, plans));
  return true;
}

}  // namespace wasmsig::instrument
