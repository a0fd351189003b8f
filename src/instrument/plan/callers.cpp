#include "instrument/plan/callers.hpp"

#include "instrument/plan/call_graph.hpp"

namespace wasmsig::instrument {

Callers::Callers(Memory& memory, const Module& module, Span<const FunctionPlan> plans)
    : offsets_(zeroed<uint32_t>(memory, size_t{module.functions()} + 2)), callers_(memory) {
  const auto for_each_call = [&](auto each) {
    for (uint32_t i = 0; i < plans.size; ++i)
      for (const Callee& callee : plans[i].placement.callees)
        if (callee.function < module.functions()) each(callee.function, module.first_own() + i);
  };
  // Counts are kept two places further, so that the places become the beginnings while they are filled.
  for_each_call([this](uint32_t callee, uint32_t /*caller*/) { offsets_[callee + 2]++; });
  for (uint32_t i = 2; i < offsets_.size; ++i) offsets_[i] += offsets_[i - 1];
  callers_.resize(offsets_[offsets_.size - 1]);
  for_each_call([this](uint32_t callee, uint32_t caller) { callers_[offsets_[callee + 1]++] = caller; });
}

void Callers::spread(Memory& memory, Span<uint8_t> marked) const {
  List<uint32_t> todo(memory);
  for (uint32_t function = 0; function < marked.size; ++function)
    if (marked[function] != 0) todo.push(function);
  while (!todo.empty()) {
    const uint32_t callee = todo.pop();
    for (uint32_t i = offsets_[callee]; i < offsets_[callee + 1]; ++i) {
      const uint32_t caller = callers_[i];
      if (marked[caller] != 0) continue;
      marked[caller] = 1;
      todo.push(caller);
    }
  }
}

Span<const uint8_t> find_opaque(Memory& memory, const Module& module, const Callers& callers) {
  const Span<uint8_t> result = zeroed<uint8_t>(memory, module.functions());
  for (uint32_t i = 0; i < module.first_own(); ++i)
    result[i] = is_quiet_host(module.imported_functions[i].module) ? 1 : 0;
  callers.spread(memory, result);
  return {result.data, result.size};
}

Span<const uint8_t> find_quiet(Memory& memory, const Module& module, Span<const FunctionPlan> plans,
                               const Callers& callers) {
  const Span<uint8_t> result = zeroed<uint8_t>(memory, module.functions());
  for (uint32_t i = 0; i < module.first_own(); ++i) result[i] = 1;
  for (uint32_t i = 0; i < plans.size; ++i) {
    const Placement& placement = plans[i].placement;
    if (placement.throws || placement.unknown) result[module.first_own() + i] = 1;
  }
  callers.spread(memory, result);
  for (uint8_t& loud : result) loud = loud == 0 ? 1 : 0;
  return {result.data, result.size};
}

}  // namespace wasmsig::instrument
