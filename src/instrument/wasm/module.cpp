#include "instrument/wasm/module.hpp"

#include "instrument/wasm/utf8.hpp"

namespace wasmsig::instrument {

int section::rank(uint8_t id) {
  constexpr uint8_t kRanks[] = {0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 13, 14, 12, 6};
  return id < sizeof(kRanks) ? kRanks[id] : 7;  // 14 (strings) comes between tags and globals
}

Module::Module(Memory& memory)
    : sections(memory),
      types(memory),
      imported_functions(memory),
      function_types(memory),
      memories(memory),
      global_types(memory),
      globals(memory),
      tags(memory),
      exports(memory),
      bodies(memory) {}

const Section* Module::find(uint8_t id) const {
  for (const Section& section : sections)
    if (section.id == id) return &section;
  return nullptr;
}

namespace {

constexpr uint8_t kMagic[] = {0, 'a', 's', 'm'};

bool refuse_text_and_others(Context& context, Bytes bytes) {
  const Bytes begin{bytes.data, bytes.size < 512 ? bytes.size : 512};
  const Bytes text = without_leading_space(begin);
  if (starts_with(text, "(module") || starts_with(text, ";;"))
    return context.fail("not-wasm",
                        "not a wasm file but its text form: assemble it first (for example with wat2wasm or wasm-as)");
  return context.fail("not-wasm", bytes.size == 0
                                      ? "not a wasm file: it is empty; give the linked .wasm file"
                                      : "not a wasm file (it does not begin with \"\\0asm\"); give the linked .wasm "
                                        "file, not its JavaScript, archive or source");
}

bool check_header(Context& context, Bytes bytes) {
  if (bytes.size < 4 || memcmp(bytes.data, kMagic, 4) != 0) return refuse_text_and_others(context, bytes);
  if (bytes.size < 8)
    return context.fail("not-wasm", "not a wasm file: it ends within its header; build or download it again");
  if (bytes[6] == 1 && bytes[7] == 0)
    return context.fail("component",
                        "this is a wasm component, not a core module: instrument the core module before it is wrapped "
                        "(wasm-tools component new)");
  if (bytes[4] == 1 && bytes[5] == 0 && bytes[6] == 0 && bytes[7] == 0) return true;
  Writer text(context.memory, 96);
  text.text("a wasm file of an unknown version (");
  for (int i = 4; i < 8; ++i) text.text(i == 4 ? "" : ".").decimal(bytes[i]);
  return context.fail("not-wasm", text.text("): only version 1 is supported").bytes());
}

Reader section_reader(const Module& module, uint8_t id) {
  const Section* const section = module.find(id);
  return section ? module.read(*section) : Reader(module.bytes, {});
}

void read_memory(Module& module, Reader& reader) {
  const uint32_t start = reader.pos();
  const Limits limits = reader.limits();
  module.memories.push(
      {.limits = limits, .range = {start, reader.pos()}, .imported = false, .from = {}, .import_start = 0});
  module.defined_memories++;
}

void skip_constant_expression(Reader& reader) {
  for (uint8_t opcode = reader.u8(); opcode != op::kEnd && reader.ok(); opcode = reader.u8())
    skip_constant_immediates(reader, opcode);
}

void read_global(Module& module, Reader& reader) {
  const int type = reader.peek();
  module.global_types.push(type < 0 ? 0 : static_cast<uint8_t>(type));
  reader.skip_value_type();
  const bool is_mutable = (reader.u8() & 1) != 0;
  const uint32_t start = reader.pos();
  skip_constant_expression(reader);
  module.globals.push({is_mutable, {start, reader.pos()}});
}

void read_body(Module& module, Reader& reader) {
  const uint32_t size = reader.u32();
  const uint32_t start = reader.pos();
  reader.skip(size);
  module.bodies.push({start, reader.pos()});
}

}  // namespace

bool read_sections(Context& context, Bytes bytes, Module& module) {
  module.bytes = bytes;
  if (!check_header(context, bytes)) return false;
  Reader reader(bytes, {8, bytes.size});
  while (!reader.done()) {
    const uint32_t start = reader.pos();
    const uint8_t id = reader.u8();
    const uint32_t size = reader.u32();
    const uint32_t begin = reader.pos();
    reader.skip(size);
    if (!context.check(reader)) return false;
    Reader inner(bytes, {begin, reader.pos()});
    Bytes name;
    if (id == section::kCustom) name = decoded(context.memory, inner.raw_name());
    if (!context.check(inner)) return false;
    module.sections.push({id, name, start, {inner.pos(), reader.pos()}});
  }
  return context.check(reader);
}

bool read_module(Context& context, Module& module) {
  const auto read = [&](uint8_t id, auto contents) {
    Reader reader = section_reader(module, id);
    contents(reader);
    return context.check(reader);
  };
  if (!read(section::kType, [&](Reader& in) { read_types(module, in); })) return false;
  if (!read(section::kImport, [&](Reader& in) { read_imports(context.memory, module, in); })) return false;
  if (!read(section::kFunction,
            [&](Reader& in) { for_each(in, [&](Reader& each) { module.function_types.push(each.u32()); }); }))
    return false;
  if (!read(section::kMemory, [&](Reader& in) { for_each(in, [&](Reader& each) { read_memory(module, each); }); }))
    return false;
  if (!read(section::kTag, [&](Reader& in) { for_each(in, [&](Reader& each) { read_tag(module, each); }); }))
    return false;
  if (!read(section::kExport, [&](Reader& in) { read_exports(context.memory, module, in); })) return false;
  if (!read(section::kGlobal, [&](Reader& in) { for_each(in, [&](Reader& each) { read_global(module, each); }); }))
    return false;
  if (!read(section::kCode, [&](Reader& in) { for_each(in, [&](Reader& each) { read_body(module, each); }); }))
    return false;
  if (module.functions() != module.first_own() + module.bodies.size())
    return context.fail(
        "invalid",
        "not a valid wasm module: it has not as many function bodies as functions; build or download it again");
  return true;
}

}  // namespace wasmsig::instrument
