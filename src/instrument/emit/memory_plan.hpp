// What becomes of the program's memory.
#pragma once

#include "instrument/emit/sections.hpp"
#include "instrument/request.hpp"

namespace wasmsig::instrument {

struct PlannedMemory {
  bool is_shared = false;
  bool has_maximum = false;
  uint32_t maximum = 0;  // in pages
};

// The index of the program's memory, which holds the control block. If there are several, it is the one that hosts know:
// exported, or imported, as `memory`. -1: the module has none. False: the context has failed.
bool find_program_memory(Context& context, const Module& module, int64_t& index);

// `is_rung`: the program has a host that can ring. False: the context has failed.
bool plan_memory(Context& context, const MemoryType& memory, const Request& request, bool is_rung,
                 PlannedMemory& planned);

// Replaces the sections that change with the memory. Its index does not change: an import is appended after all others,
// so it must be the first memory that the module defines. False: the context has failed.
bool replace_memory(Context& context, const Module& module, uint32_t index, const Request& request,
                    const PlannedMemory& planned, Replaced& replaced);

}  // namespace wasmsig::instrument
