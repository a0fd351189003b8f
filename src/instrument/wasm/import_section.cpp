// The import section, and what tags look like there and in their own.
#include "instrument/wasm/module.hpp"
#include "instrument/wasm/utf8.hpp"

namespace wasmsig::instrument {

void read_tag(Module& module, Reader& reader) {
  reader.u8();  // exception
  module.tags.push(reader.u32());
}

void read_imports(Memory& memory, Module& module, Reader& reader) {
  for_each(reader, [&](Reader& each) {
    const uint32_t start = each.pos();
    const Bytes from = decoded(memory, each.raw_name());
    const Bytes name = decoded(memory, each.raw_name());
    const uint8_t kind = each.u8();
    if (each.failed()) return;
    switch (kind) {
      case external::kFunction:
        module.function_types.push(each.u32());
        module.imported_functions.push({from, name});
        break;
      case external::kTable:
        module.imported_tables++;
        module.shares_tables = true;
        each.skip_value_type();
        each.limits();
        break;
      case external::kMemory: {
        const uint32_t begin = each.pos();
        const Limits limits = each.limits();
        module.memories.push({limits, {begin, each.pos()}, true, {from, name}, start});
        break;
      }
      case external::kGlobal: {
        const int type = each.peek();
        module.global_types.push(type < 0 ? 0 : static_cast<uint8_t>(type));
        each.skip_value_type();
        each.u8();
        module.imported_globals++;
        break;
      }
      case external::kTag: read_tag(module, each); break;
      default: each.fail_unknown("an import of an unknown kind (", kind);
    }
  });
}

}  // namespace wasmsig::instrument
