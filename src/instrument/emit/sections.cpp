#include "instrument/emit/sections.hpp"

#include <new>

#include "instrument/wasm/vectors.hpp"

namespace wasmsig::instrument {

Writer& Appended::add(uint8_t id, uint32_t count) {
  if (!entries_[id]) entries_[id] = new (memory_.allocate(sizeof(Writer))) Writer(memory_);
  counts_[id] += count;
  return *entries_[id];
}

bool Appended::write(Context& context, const Module& module, Replaced& replaced) const {
  for (uint8_t id = 0; id < Replaced::kIds; ++id) {
    if (counts_[id] == 0) continue;
    const Section* const section = module.find(id);
    const Bytes entries = entries_[id]->bytes();
    Writer content(memory_, (section ? section->content.size() : 0) + entries.size + 16);
    if (!extend_vector(context, module, id, counts_[id], entries, content)) return false;
    replaced.set(id, content.bytes());
  }
  return true;
}

}  // namespace wasmsig::instrument
