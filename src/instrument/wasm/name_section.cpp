#include "instrument/wasm/name_section.hpp"

#include "instrument/wasm/utf8.hpp"

namespace wasmsig::instrument {
namespace {

constexpr uint8_t kNamesOfFunctions = 1;
constexpr uint8_t kNamesOfLabels = 3;

const Section* find_names(const Module& module) {
  for (const Section& section : module.sections)
    if (section.id == section::kCustom && equal(section.name, "name")) return &section;
  return nullptr;
}

}  // namespace

FunctionNames::FunctionNames(Context& context, const Module& module)
    : memory_(context.memory), names_(zeroed<Name>(context.memory, module.functions())) {
  if (!read(module)) {
    names_ = zeroed<Name>(memory_, module.functions());
    has_any_ = false;
  }
  find_labels(module);
}

bool FunctionNames::read(const Module& module) {
  const Section* const section = find_names(module);
  if (!section) return true;
  Reader reader = module.read(*section);
  while (!reader.done()) {
    const uint8_t id = reader.u8();
    const uint32_t size = reader.u32();
    if (reader.failed()) return false;
    if (id == kNamesOfFunctions) return read_functions(reader);
    reader.skip(size);
  }
  return reader.ok();
}

bool FunctionNames::read_functions(Reader& reader) {
  for (uint32_t count = reader.u32(); count > 0 && reader.ok(); --count) {
    const uint32_t function = reader.u32();
    const Bytes name = reader.raw_name();
    has_any_ = true;
    if (function < names_.size) names_[function] = {true, name};
  }
  return reader.ok();
}

void FunctionNames::find_labels(const Module& module) {
  for (const Section& section : module.sections) {
    if (section.id != section::kCustom || !equal(section.name, "name")) continue;
    Reader reader = module.read(section);
    while (!reader.done()) {
      has_labels_ = has_labels_ || reader.u8() == kNamesOfLabels;
      reader.skip(reader.u32());
    }
  }
}

Bytes FunctionNames::decoded_name(Bytes raw) const { return decoded(memory_, raw); }

bool holds_code_offsets(Bytes name) {
  return starts_with(name, ".debug_") || starts_with(name, "metadata.code.") || equal(name, "sourceMappingURL") ||
         equal(name, "external_debug_info");
}

bool add_target_feature(Context& context, const Module& module, const Section& section, const char* feature,
                        Writer& out) {
  Reader reader = module.read(section);
  const uint32_t count = reader.u32();
  Writer rest(context.scratch, 256);
  bool is_present = false;
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    uint8_t prefix = reader.u8();
    const Bytes name = decoded(context.scratch, reader.raw_name());
    if (equal(name, feature)) {
      is_present = true;
      prefix = '+';
    }
    rest.u8(prefix);
    rest.name(name);
  }
  if (!context.check(reader)) return false;
  if (!is_present) {
    rest.u8('+');
    rest.name(bytes_of(feature));
  }
  out.u32(is_present ? count : count + 1);
  out.append(rest.bytes());
  return true;
}

}  // namespace wasmsig::instrument
