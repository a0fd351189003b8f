// Why: docs/rationale.md#why-is-no-function-left-out-by-its-name
//
// Decides where all functions have safe points, so that a program that runs for ever checks again and again.
//
// Why it does. Such a program either stays in one activation of a function for ever, or enters functions within
// functions without end (by tail calls, or until the stack is full). In the first case some loop of the activation runs
// for ever. The outermost such loop has a safe point, or passes one in each round (placement.hpp); a short one ends, and
// is entered again only by a loop around it. In the second case the calls follow a cycle of the call graph. Calls
// before which their function has checked are not in that graph, since such a cycle passes the check. In the rest, some
// function of every cycle checks at its entry. If a check is a load, a small function that calls itself in each round
// of its loops checks at its entry instead of in them.
//
// A call of a function that checks at its entry is a check too, so loops that make such a call in each round lose their
// own safe point. That can remove the check before another call. If a cycle of calls is without one then, its functions
// keep the safe points of their loops.
//
// The result has no cycle without a check, but a tree of calls without one may still take any time, since each level
// may double the work. So functions whose work could exceed a bound check at their entry too (work.hpp).
#pragma once

#include "instrument/plan/graph.hpp"
#include "instrument/plan/placement.hpp"

namespace wasmsig::instrument {

// Why a whole function gets no safe points.
enum class Excuse : uint8_t { kNone, kRuntime, kSkip, kUnreadable, kLarge };

struct FunctionPlan {
  Excuse excuse = Excuse::kNone;
  bool entry = false;   // it checks at its entry
  bool copied = false;  // it continues in an outlined copy when that check finds a signal
  bool unrolls = true;  // its loops may be unrolled: it would not grow too large
  Placement placement;
};

struct Plan {
  explicit Plan(Memory& memory) : unbroken(memory) {}

  Span<FunctionPlan> functions;  // the module's own
  uint32_t in_cycles = 0;        // how many of them lie on cycles of calls that pass no safe point of a loop
  uint32_t long_calls = 0;       // how many check at their entry because their calls may take long
  Groups unbroken;               // functions of cycles of which none may have a safe point
  // By function, not 0: an engine has to assume that a call of it writes to any address, even after inlining: it is
  // WASI's or ours, or makes such a call itself.
  Span<const uint8_t> opaque;

  bool is_opaque(uint32_t function) const { return function < opaque.size && opaque[function] != 0; }
};

struct PlanRequest {
  Span<const Excuse> excuses;  // of the module's own functions
  Span<const uint32_t> safe;   // functions that are safe points themselves
  // A check is a load. A countdown, which each check decrements, is better checked seldom.
  bool loads;
  bool prefers_size;  // no loop is unrolled, and no function has an outlined copy
};

// False: the context has failed.
bool make_plan(Context& context, const Module& module, const PlanRequest& request, Plan& plan);

}  // namespace wasmsig::instrument
