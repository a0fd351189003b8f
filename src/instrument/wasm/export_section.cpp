// The export section.
#include "instrument/sort.hpp"
#include "instrument/wasm/module.hpp"
#include "instrument/wasm/utf8.hpp"

namespace wasmsig::instrument {
namespace {

// An order of names; which one does not matter.
int compare(Bytes a, Bytes b) {
  if (a.size != b.size) return a.size < b.size ? -1 : 1;
  return a.size == 0 ? 0 : memcmp(a.data, b.data, a.size);
}

// What the exports are sorted by: their names, and exports of the same name by their positions.
struct Key {
  Bytes name;
  uint32_t position;

  bool operator<(const Key& other) const {
    const int names = compare(name, other.name);
    return names != 0 ? names < 0 : position < other.position;
  }
  bool operator>=(const Key& other) const { return !(*this < other); }
};

Span<uint32_t> sorted(Memory& memory, const List<Export>& exports) {
  const Span<uint32_t> order = zeroed<uint32_t>(memory, exports.size());
  for (uint32_t i = 0; i < order.size; ++i) order[i] = i;
  sort_by(order, [&exports](uint32_t position) { return Key{exports[position].name, position}; });
  return order;
}

}  // namespace

void read_exports(Memory& memory, Module& module, Reader& reader) {
  List<Export> all(memory);
  for_each(reader, [&](Reader& each) {
    const Bytes name = decoded(memory, each.raw_name());
    const uint8_t kind = each.u8();
    if (kind == external::kTable) module.shares_tables = true;
    all.push({name, kind, each.u32()});
  });
  if (reader.failed()) return;
  // Different names may be the same after they were decoded. The last one counts then, in the place of the first.
  const Span<uint32_t> order = sorted(memory, all);
  const Span<uint8_t> is_first = zeroed<uint8_t>(memory, all.size());
  for (uint32_t i = 0; i < order.size;) {
    const uint32_t first = order[i];
    uint32_t last = first;
    for (; i < order.size && compare(all[order[i]].name, all[first].name) == 0; ++i) last = order[i];
    all[first] = all[last];
    is_first[first] = 1;
  }
  for (uint32_t i = 0; i < all.size(); ++i)
    if (is_first[i] != 0) module.exports.push(all[i]);
  module.export_order = sorted(memory, module.exports);
}

const Export* Module::find_export(Bytes name) const {
  const auto key = [this](uint32_t position) { return Key{exports[position].name, 0}; };
  const uint32_t found = lower_bound(export_order, Key{name, 0}, key);
  return found < export_order.size && equal(exports[export_order[found]].name, name) ? &exports[export_order[found]]
                                                                                     : nullptr;
}

}  // namespace wasmsig::instrument
