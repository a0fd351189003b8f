#include "instrument/wasm/opcodes.hpp"

namespace wasmsig::instrument {
namespace {

constexpr KindTable build_kinds() {
  KindTable table;
  table.set(Kind::kNone, 0x00, 0x01);
  table.set(Kind::kNone, 0x0a);  // throw_ref
  table.set(Kind::kNone, 0x0f);
  table.set(Kind::kNone, 0x1a, 0x1b);
  table.set(Kind::kNone, 0x45, 0xc4);
  table.set(Kind::kNone, 0xd1);
  table.set(Kind::kNone, 0xd3, 0xd4);
  table.set(Kind::kBlock, 0x02);
  table.set(Kind::kBlock, 0x04);  // if
  table.set(Kind::kBlock, 0x06);  // try
  table.set(Kind::kLoop, 0x03);
  table.set(Kind::kTryTable, 0x1f);
  table.set(Kind::kEnd, 0x0b);
  table.set(Kind::kDelegate, 0x18);
  table.set(Kind::kLabel, 0x09);  // rethrow
  table.set(Kind::kLabel, 0x0c, 0x0d);
  table.set(Kind::kLabel, 0xd5, 0xd6);  // br_on_null, br_on_non_null
  table.set(Kind::kLabelTable, 0x0e);
  table.set(Kind::kArm, 0x05);  // else
  table.set(Kind::kArm, 0x07);  // catch
  table.set(Kind::kArm, 0x19);  // catch_all
  table.set(Kind::kIndex, 0x10);
  table.set(Kind::kIndex, 0x12);
  table.set(Kind::kIndex, 0x14, 0x15);  // calls
  table.set(Kind::kIndex, 0x20, 0x24);  // locals, globals
  table.set(Kind::kIndex, 0xd2);        // ref.func
  table.set(Kind::kIndex, 0x08);        // throw
  table.set(Kind::kIndex2, 0x11);       // call_indirect, and its tail call: type, table
  table.set(Kind::kIndex2, 0x13);
  table.set(Kind::kI32, 0x41);
  table.set(Kind::kLeb, 0x25, 0x26);
  table.set(Kind::kLeb, 0x3f, 0x40);
  table.set(Kind::kLeb, 0x42);
  table.set(Kind::kValueTypes, 0x1c);
  table.set(Kind::kMemarg, 0x28, 0x3e);
  table.set(Kind::kBytes4, 0x43);
  table.set(Kind::kBytes8, 0x44);
  table.set(Kind::kHeapType, 0xd0);
  table.set(Kind::kPrefixGc, 0xfb);
  table.set(Kind::kPrefixMisc, 0xfc);
  table.set(Kind::kPrefixSimd, 0xfd);
  table.set(Kind::kPrefixAtomic, 0xfe);
  return table;
}

// How many LEB128 immediates the instructions after prefix 0xFB have (garbage collection); 20 to 25 hold heap types.
constexpr int8_t kGcLebs[] = {1, 1, 2, 2, 2,  2,  1,  1,  2,  2,  2, 1, 1, 1, 1, 0,
                              1, 2, 2, 2, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0};
// The same after prefix 0xFC: saturating conversions, bulk memory, tables, 128-bit arithmetic (18 is not assigned).
constexpr int8_t kMiscLebs[] = {0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1, -1, 0, 0, 0, 0};

uint32_t skip_counted(Reader& reader, Span<const int8_t> table, uint8_t prefix) {
  const uint32_t code = reader.u32();
  if (reader.failed()) return 0;
  if (code >= table.size || table[code] < 0) {
    reader.fail_unknown_prefixed(prefix, code);
    return code;
  }
  for (int i = 0; i < table[code]; ++i) reader.skip_leb();
  return code;
}

Skipped skip_gc(Reader& reader) {
  const uint32_t at = reader.pos();
  const uint32_t code = reader.u32();
  if (code >= 20 && code <= 23) {  // ref.test, ref.cast
    reader.skip_heap_type();
    return {code};
  }
  if (code != 24 && code != 25) {
    reader.move_to(at);
    return {skip_counted(reader, {kGcLebs, sizeof(kGcLebs)}, 0xfb)};
  }
  // br_on_cast, br_on_cast_fail: flags, label, two heap types
  if (reader.u8() > 3) reader.fail_unknown("a cast of an unknown form");
  return {code, reader.ok()};
}

uint32_t skip_simd(Reader& reader) {
  const uint32_t code = reader.u32();
  if (reader.failed()) return 0;
  if (code > 275) {
    reader.fail_unknown_prefixed(0xfd, code);
  } else if (code <= 11 || code == 92 || code == 93) {
    skip_memarg(reader);
  } else if (code == 12 || code == 13) {
    reader.skip(16);  // v128.const, i8x16.shuffle
  } else if (code >= 21 && code <= 34) {
    reader.skip(1);  // lane
  } else if (code >= 84 && code <= 91) {
    skip_memarg(reader);
    reader.skip(1);
  }
  return code;
}

uint32_t skip_atomic(Reader& reader) {
  const uint32_t code = reader.u32();
  if (reader.failed()) return 0;
  if (code == 3)
    reader.skip(1);  // fence
  else if (code <= 2 || (code >= 0x10 && code <= 0x4e))
    skip_memarg(reader);
  else
    reader.fail_unknown_prefixed(0xfe, code);
  return code;
}

void skip_value_types(Reader& reader) {
  for (uint32_t count = reader.u32(); count > 0 && reader.ok(); --count) reader.skip_value_type();
}

Skipped skip_rare(Reader& reader, uint8_t opcode) {
  switch (kind_of(opcode)) {
    case Kind::kIndex2:
      reader.skip_leb();
      reader.skip_leb();
      break;
    case Kind::kHeapType: reader.skip_heap_type(); break;
    case Kind::kBytes4: reader.skip(4); break;
    case Kind::kBytes8: reader.skip(8); break;
    case Kind::kValueTypes: skip_value_types(reader); break;
    case Kind::kPrefixGc: return skip_gc(reader);
    case Kind::kPrefixMisc: return {skip_counted(reader, {kMiscLebs, sizeof(kMiscLebs)}, 0xfc)};
    case Kind::kPrefixSimd: return {skip_simd(reader)};
    case Kind::kPrefixAtomic: return {skip_atomic(reader)};
    default: reader.fail_unknown("an unknown instruction (", opcode, 2);
  }
  return {};
}

}  // namespace

constinit const KindTable kind_table = build_kinds();

void skip_memarg(Reader& reader) {
  const uint32_t alignment = reader.u32();
  if (alignment >= 0x80) reader.fail_unknown("a memory access of an unknown form");
  if (alignment & 0x40) reader.skip_leb();  // memory index
  reader.skip_leb();
}

Skipped skip_immediates(Reader& reader, uint8_t opcode) {
  switch (kind_of(opcode)) {
    case Kind::kNone: return {};
    case Kind::kIndex:
    case Kind::kI32:
    case Kind::kLeb: reader.skip_leb(); return {};
    case Kind::kMemarg: skip_memarg(reader); return {};
    default: return skip_rare(reader, opcode);
  }
}

}  // namespace wasmsig::instrument
