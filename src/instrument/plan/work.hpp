// Chooses functions that check at their entry because otherwise more than kMaxWork instructions might run without a
// check: the work of a tree of calls grows with every level although no function of it calls itself.
//
// The work of a function is all of its instructions, as if each ran once (a loop that runs again has a safe point, or
// is short and counted with its rounds), plus the work of the callee of each call before which no check is made. For a
// callee that checks at its entry this is 1; for a table or a reference, the maximum over its possible targets. Calls
// after a check do not count, because their function checks whenever it reaches them. So between two checks there are
// at most kMaxWork instructions for each activation that is left or continues, besides the code of those functions
// themselves.
#pragma once

#include "instrument/plan/call_graph.hpp"

namespace wasmsig::instrument {

// This many instructions take about 100 microseconds.
constexpr double kMaxWork = 1 << 18;

// `calls`: up to date. `removed`: not 0 for nodes without which the graph is acyclic: they have a check, or cannot.
// `chosen`: the chosen functions, ascending.
void find_long_calls(Context& context, const Module& module, const CallGraph& calls, Span<const FunctionPlan> plans,
                     Span<const uint8_t> removed, List<uint32_t>& chosen);

}  // namespace wasmsig::instrument
