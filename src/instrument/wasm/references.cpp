#include "instrument/wasm/references.hpp"

namespace wasmsig::instrument {
namespace {

void read_constant(Reader& reader, References& found) {
  while (reader.ok()) {
    const uint8_t opcode = reader.u8();
    if (opcode == op::kEnd) return;
    if (opcode == op::kRefFunc) {
      const uint32_t function = reader.u32();
      if (reader.ok()) found.add(function);
    } else {
      skip_constant_immediates(reader, opcode);
    }
  }
}

void read_table(Reader& reader, References& found) {
  const bool is_initialised = reader.peek() == 0x40;  // 0x40 0x00 table-type expression
  if (is_initialised) reader.skip(2);
  reader.skip_value_type();
  reader.limits();
  if (is_initialised) read_constant(reader, found);
}

void read_segment(Reader& reader, References& found) {
  const uint32_t flags = reader.u32();
  if (flags > 7) reader.fail_unknown("an element segment of an unknown form (", flags);
  const bool is_passive = (flags & 1) != 0;
  const bool is_explicit = (flags & 2) != 0;
  const bool has_expressions = (flags & 4) != 0;
  if (!is_passive && is_explicit) reader.u32();   // table
  if (!is_passive) read_constant(reader, found);  // offset
  if (is_passive || is_explicit) {
    if (has_expressions)
      reader.skip_value_type();
    else
      reader.u8();  // kind: functions
  }
  for (uint32_t count = reader.u32(); count > 0 && reader.ok(); --count) {
    if (has_expressions) {
      read_constant(reader, found);
      continue;
    }
    const uint32_t function = reader.u32();
    if (reader.ok()) found.add(function);
  }
}

// Reads a vector whose count is there. The result says how it ended.
template <class Each>
Unreadable::Kind read_section(Context& context, const Module& module, uint8_t id, Each each) {
  const Section* const section = module.find(id);
  if (!section) return Unreadable::kNone;
  Reader reader = module.read(*section);
  for (uint32_t count = reader.u32(); count > 0 && reader.ok(); --count) each(reader);
  const Unreadable::Kind kind = reader.unreadable().kind;
  if (kind == Unreadable::kInvalid) context.check(reader);
  return kind;
}

Unreadable::Kind read_globals(Context& context, const Module& module, References& found) {
  for (const Global& global : module.globals) {
    Reader reader(module.bytes, global.initialiser);
    read_constant(reader, found);
    if (reader.ok()) continue;
    if (reader.unreadable().kind == Unreadable::kInvalid) context.check(reader);
    return reader.unreadable().kind;
  }
  return Unreadable::kNone;
}

Unreadable::Kind read_all(Context& context, const Module& module, References& found) {
  Unreadable::Kind kind =
      read_section(context, module, section::kTable, [&](Reader& reader) { read_table(reader, found); });
  if (kind == Unreadable::kNone) kind = read_globals(context, module, found);
  if (kind == Unreadable::kNone)
    kind = read_section(context, module, section::kElement, [&](Reader& reader) { read_segment(reader, found); });
  return kind;
}

}  // namespace

bool References::find(Context& context, const Module& module) {
  for (const Export& one : module.exports)
    if (one.kind == external::kFunction) add(one.index);
  // What cannot be read may refer to any function.
  if (read_all(context, module, *this) == Unreadable::kUnknown)
    for (uint32_t function = 0; function < module.functions(); ++function) add(function);
  return context.ok();
}

}  // namespace wasmsig::instrument
