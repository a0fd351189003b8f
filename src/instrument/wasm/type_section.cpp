// The type section.
#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {
namespace {

Range read_value_types(Reader& reader, uint32_t& count) {
  count = reader.u32();
  const uint32_t start = reader.pos();
  for (uint32_t i = 0; i < count && reader.ok(); ++i) reader.skip_value_type();
  return {start, reader.pos()};
}

void read_function(Module& module, Reader& reader) {
  FunctionType type{};
  type.is_function = true;
  type.params = read_value_types(reader, type.param_count);
  type.results = read_value_types(reader, type.result_count);
  if (reader.failed()) return;
  for (const uint8_t byte : module.range({type.params.start, type.results.end}))
    if (byte == 0x63 || byte == 0x64) module.has_rich_types = true;
  module.types.push(type);
}

void read_field(Reader& reader) {
  reader.skip_value_type();
  reader.u8();  // mutability
}

void read_composite(Module& module, Reader& reader) {
  uint8_t form = reader.u8();
  if (form != 0x60) module.has_rich_types = true;
  if (form == 0x50 || form == 0x4f) {
    // sub, sub final: supertypes, then the type itself
    for_each(reader, [](Reader& each) { each.skip_leb(); });
    form = reader.u8();
  }
  if (reader.failed()) return;
  switch (form) {
    case 0x60: return read_function(module, reader);
    case 0x5f: for_each(reader, read_field); break;
    case 0x5e: read_field(reader); break;
    case 0x5d: reader.skip_leb(); break;  // continuation
    default: reader.fail_unknown("a type definition of an unknown form (", form, 1);
  }
  module.types.push({});
}

}  // namespace

void read_types(Module& module, Reader& reader) {
  for_each(reader, [&](Reader& each) {
    if (each.peek() != 0x4e) return read_composite(module, each);
    each.u8();  // a group of recursive types
    for_each(each, [&](Reader& member) { read_composite(module, member); });
  });
}

}  // namespace wasmsig::instrument
