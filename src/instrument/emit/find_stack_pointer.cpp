#include "instrument/emit/find_stack_pointer.hpp"

namespace wasmsig::instrument {
namespace {

// What lowers an address of 64 bits; one of 32 bits has instructions of its own.
constexpr uint8_t kI64Const = 0x42;
constexpr uint8_t kI64Sub = 0x7d;

uint8_t subtraction(uint8_t constant) {
  switch (constant) {
    case op::kI32Const: return op::kI32Sub;
    case kI64Const: return kI64Sub;
    default: return op::kUnreachable;
  }
}

// Whether the function lowers a global first, and which.
bool lowers(Reader reader, uint32_t& global) {
  for (uint32_t groups = reader.u32(); groups > 0 && reader.ok(); --groups) {
    reader.skip_leb();
    reader.skip_value_type();
  }
  if (reader.u8() != op::kGlobalGet) return false;
  global = reader.u32();
  const uint8_t subtract = subtraction(reader.u8());
  reader.skip_leb();
  if (subtract == op::kUnreachable || reader.u8() != subtract || reader.u8() != op::kLocalTee) return false;
  reader.skip_leb();
  return reader.u8() == op::kGlobalSet && reader.u32() == global && reader.ok();
}

}  // namespace

bool find_hidden_stack_pointer(Memory& memory, const Module& module, uint32_t& global) {
  if (module.find_export(kStackPointer) || module.find_export("__stack_pointer")) return false;
  const Span<uint32_t> counts = zeroed<uint32_t>(memory, module.global_types.size());
  uint32_t most = 0;
  for (const Range& body : module.bodies) {
    uint32_t lowered = 0;
    if (!lowers(Reader(module.bytes, body), lowered) || lowered >= counts.size) continue;
    if (++counts[lowered] > most) {
      most = counts[lowered];
      global = lowered;
    }
  }
  return most > 0 && global >= module.imported_globals;
}

}  // namespace wasmsig::instrument
