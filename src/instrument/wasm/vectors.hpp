// Vectors with entries appended.
#pragma once

#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {

// Writes the content of a section that holds a vector, with `added` entries, whose bytes follow. Fails like a reader if
// the section has no count.
bool extend_vector(Context& context, const Module& module, uint8_t id, uint32_t added, Bytes entries, Writer& out);

}  // namespace wasmsig::instrument
