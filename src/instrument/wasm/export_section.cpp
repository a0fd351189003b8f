// The export section.
#include "instrument/sort.hpp"
#include "instrument/wasm/module.hpp"
#include "instrument/wasm/utf8.hpp"

namespace wasmsig::instrument {
namespace {

// FNV-1a
uint32_t hash_of(Bytes name) {
  uint32_t hash = 0x811c9dc5;
  for (const uint8_t byte : name) hash = (hash ^ byte) * 0x01000193;
  return hash;
}

// What the exports are sorted by: the hashes of their names, so that few names are compared; exports of the same hash by
// their names, and those of the same name by their positions.
struct Key {
  uint32_t hash;
  Bytes name;
  uint32_t position;

  bool operator<(const Key& other) const {
    if (hash != other.hash) return hash < other.hash;
    if (name.size != other.name.size) return name.size < other.name.size;
    const int names = name.size == 0 ? 0 : memcmp(name.data, other.name.data, name.size);
    return names != 0 ? names < 0 : position < other.position;
  }
  bool operator>=(const Key& other) const { return !(*this < other); }
};

bool same_name(const Export& a, const Export& b) { return a.hash == b.hash && equal(a.name, b.name); }

Span<uint32_t> sorted(Memory& memory, const List<Export>& exports) {
  const Span<uint32_t> order = zeroed<uint32_t>(memory, exports.size());
  for (uint32_t i = 0; i < order.size; ++i) order[i] = i;
  sort_by(order, [&exports](uint32_t position) {
    const Export& one = exports[position];
    return Key{one.hash, one.name, position};
  });
  return order;
}

}  // namespace

void read_exports(Memory& memory, Module& module, Reader& reader) {
  List<Export> all(memory);
  for_each(reader, [&](Reader& each) {
    const Bytes name = decoded(memory, each.raw_name());
    const uint8_t kind = each.u8();
    if (kind == external::kTable) module.shares_tables = true;
    all.push({name, hash_of(name), kind, each.u32()});
  });
  if (reader.failed()) return;
  // Different names may be the same after they were decoded. The last one counts then, in the place of the first.
  Span<uint32_t> order = sorted(memory, all);
  const Span<uint32_t> place = zeroed<uint32_t>(memory, all.size());  // in module.exports, counted from 1; 0: none
  uint32_t names = 0;
  for (uint32_t i = 0; i < order.size;) {
    const uint32_t first = order[i];
    uint32_t last = first;
    for (; i < order.size && same_name(all[order[i]], all[first]); ++i) last = order[i];
    all[first] = all[last];
    place[first] = 1;
    order[names++] = first;
  }
  order.size = names;
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (place[i] == 0) continue;
    module.exports.push(all[i]);
    place[i] = module.exports.size();
  }
  for (uint32_t& position : order) position = place[position] - 1;
  module.export_order = order;
}

const Export* Module::find_export(Bytes name) const {
  const auto key = [this](uint32_t position) { return Key{exports[position].hash, exports[position].name, 0}; };
  const uint32_t found = lower_bound(export_order, Key{hash_of(name), name, 0}, key);
  return found < export_order.size && equal(exports[export_order[found]].name, name) ? &exports[export_order[found]]
                                                                                     : nullptr;
}

}  // namespace wasmsig::instrument
