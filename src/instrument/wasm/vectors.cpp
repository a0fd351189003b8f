#include "instrument/wasm/vectors.hpp"

namespace wasmsig::instrument {

bool extend_vector(Context& context, const Module& module, uint8_t id, uint32_t added, Bytes entries, Writer& out) {
  if (const Section* const section = module.find(id)) {
    Reader reader = module.read(*section);
    out.u32(reader.u32() + added);
    if (!context.check(reader)) return false;
    out.copy(module.bytes, reader.pos(), section->content.end);
  } else {
    out.u32(added);
  }
  out.append(entries);
  return true;
}

}  // namespace wasmsig::instrument
