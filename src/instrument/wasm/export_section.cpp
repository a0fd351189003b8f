// The export section.
#include "instrument/wasm/hash.hpp"
#include "instrument/wasm/module.hpp"
#include "instrument/wasm/utf8.hpp"

namespace wasmsig::instrument {
namespace {

// The place in the table of this name, or the one where it belongs.
uint32_t& place_of(const Module& module, Bytes name) {
  const uint32_t mask = module.export_table.size - 1;
  uint32_t at = hash(name) & mask;
  while (module.export_table[at] != 0 && !equal(module.exports[module.export_table[at] - 1].name, name))
    at = (at + 1) & mask;
  return module.export_table[at];
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
  module.export_table = zeroed<uint32_t>(memory, table_size(all.size()));
  // Different names may be the same after they were decoded. The last one counts then, in the place of the first.
  for (const Export& one : all) {
    uint32_t& place = place_of(module, one.name);
    if (place != 0) {
      module.exports[place - 1] = one;
    } else {
      module.exports.push(one);
      place = module.exports.size();
    }
  }
}

const Export* Module::find_export(Bytes name) const {
  if (export_table.empty()) return nullptr;
  const uint32_t place = place_of(*this, name);
  return place == 0 ? nullptr : &exports[place - 1];
}

}  // namespace wasmsig::instrument
