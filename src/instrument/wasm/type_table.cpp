#include "instrument/wasm/type_table.hpp"

#include "instrument/wasm/hash.hpp"

namespace wasmsig::instrument {

TypeTable::TypeTable(Memory& memory, const Module& module, By by)
    : module_(module), by_(by), table_(zeroed<uint32_t>(memory, table_size(module.types.size()))) {
  for (uint32_t i = 0; i < module.types.size(); ++i) {
    if (!module.types[i].is_function) continue;
    uint32_t& place = place_of(module.types[i]);
    if (place == 0) place = i + 1;
  }
}

uint32_t TypeTable::first_same(const FunctionType& type) const {
  const uint32_t place = place_of(type);
  return place == 0 ? kNone : place - 1;
}

uint32_t TypeTable::hash_of(const FunctionType& type) const {
  const uint32_t seed = (type.param_count * 31 + type.result_count) * 2654435761U;
  if (by_ == kCounts) return hash({}, seed);
  return hash(module_.range(type.results), hash(module_.range(type.params), seed));
}

bool TypeTable::same(const FunctionType& a, const FunctionType& b) const {
  if (a.param_count != b.param_count || a.result_count != b.result_count) return false;
  return by_ == kCounts || (equal(module_.range(a.params), module_.range(b.params)) &&
                            equal(module_.range(a.results), module_.range(b.results)));
}

uint32_t& TypeTable::place_of(const FunctionType& type) const {
  const uint32_t mask = table_.size - 1;
  uint32_t at = hash_of(type) & mask;
  while (table_[at] != 0 && !same(module_.types[table_[at] - 1], type)) at = (at + 1) & mask;
  return table_[at];
}

}  // namespace wasmsig::instrument
