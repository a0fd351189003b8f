// Puts the module together.
#pragma once

#include "instrument/emit/code_section.hpp"
#include "instrument/emit/sections.hpp"
#include "instrument/wasm/name_section.hpp"

namespace wasmsig::instrument {

struct AssembleRequest {
  const Module& module;
  const Replaced& replaced;  // without the code section
  const NewCode& code;
  Bytes mark;
  Span<const AddedName> names;  // of functions that were appended
  const char* feature;          // is added to those that tools read; null: none
};

// `out`: begins with `gap` bytes for what precedes the code section's content, which follows, if the result has
// functions. `start`: where the module begins in `out`. `dropped`: the names of custom sections that were removed.
// False: the context has failed.
bool assemble(Context& context, const AssembleRequest& request, uint32_t gap, Writer& out, uint32_t& start,
              List<Bytes>& dropped);

// How large such a gap should be.
size_t estimate_gap(const Module& module, const Plan& plan);

}  // namespace wasmsig::instrument
