// The callers of each function.
#pragma once

#include "instrument/plan/plan.hpp"

namespace wasmsig::instrument {

class Callers {
 public:
  Callers(Memory& memory, const Module& module, Span<const FunctionPlan> plans);

  // Marks also all functions that call a marked one, directly or not. `marked`: by function.
  void spread(Memory& memory, Span<uint8_t> marked) const;

 private:
  Span<uint32_t> offsets_;  // where the callers of each function begin
  List<uint32_t> callers_;
};

// Plan::opaque. Calls through tables and of other imports do not count: engines speculate on their targets (a pure
// function of the module, Math.sin) and inline them.
Span<const uint8_t> find_opaque(Memory& memory, const Module& module, const Callers& callers);

// By function, not 0: it throws nothing except what a check throws.
Span<const uint8_t> find_quiet(Memory& memory, const Module& module, Span<const FunctionPlan> plans,
                               const Callers& callers);

}  // namespace wasmsig::instrument
