#include "instrument/wasm/vectors.hpp"

namespace wasmsig::instrument {

bool extend_vector(Context& context, const Module& module, uint8_t id, uint32_t count, uint32_t added, Bytes entries,
                   Writer& out) {
  const Section* const section = module.find(id);
  out.u32(count + added);
  if (section) {
    Reader reader = module.read(*section);
    reader.u32();
    if (!context.check(reader)) return false;
    out.copy(module.bytes, reader.pos(), section->content.end);
  }
  out.append(entries);
  return true;
}

}  // namespace wasmsig::instrument
