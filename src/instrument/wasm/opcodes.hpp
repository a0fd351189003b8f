// The instructions of the binary format: their opcodes, and what follows them.
#pragma once

#include "instrument/wasm/reader.hpp"

namespace wasmsig::instrument {

// Opcodes that more than one file uses.
namespace op {
enum : uint8_t {
  kUnreachable = 0x00,
  kNop = 0x01,
  kBlock = 0x02,
  kLoop = 0x03,
  kIf = 0x04,
  kElse = 0x05,
  kTry = 0x06,
  kCatch = 0x07,
  kThrow = 0x08,
  kRethrow = 0x09,
  kThrowRef = 0x0a,
  kEnd = 0x0b,
  kBr = 0x0c,
  kBrIf = 0x0d,
  kBrTable = 0x0e,
  kReturn = 0x0f,
  kCall = 0x10,
  kCallIndirect = 0x11,
  kReturnCall = 0x12,
  kReturnCallIndirect = 0x13,
  kCallRef = 0x14,
  kReturnCallRef = 0x15,
  kDelegate = 0x18,
  kCatchAll = 0x19,
  kDrop = 0x1a,
  kSelect = 0x1b,
  kSelectTyped = 0x1c,
  kTryTable = 0x1f,
  kLocalGet = 0x20,
  kLocalSet = 0x21,
  kLocalTee = 0x22,
  kGlobalGet = 0x23,
  kGlobalSet = 0x24,
  kTableSet = 0x26,
  kI32Load = 0x28,
  kI64Load = 0x29,
  kI32Store = 0x36,
  kMemoryGrow = 0x40,
  kI32Const = 0x41,
  kI32Eqz = 0x45,
  kI32Eq = 0x46,
  kI32Ne = 0x47,
  kI32LtS = 0x48,
  kI32LtU = 0x49,
  kI32GtS = 0x4a,
  kI32GtU = 0x4b,
  kI32LeS = 0x4c,
  kI32LeU = 0x4d,
  kI32GeS = 0x4e,
  kI32GeU = 0x4f,
  kI32Add = 0x6a,
  kI32Sub = 0x6b,
  kI32Or = 0x72,
  kRefIsNull = 0xd1,
  kRefFunc = 0xd2,
  kPrefixMisc = 0xfc,
  kPrefixSimd = 0xfd,
  kPrefixAtomic = 0xfe,
};
}  // namespace op

// Value types of one byte, and the block type without a result.
namespace type {
enum : uint8_t { kNone = 0, kVoid = 0x40, kV128 = 0x7b, kF64 = 0x7c, kF32 = 0x7d, kI64 = 0x7e, kI32 = 0x7f };
}

// The kinds of immediates. The kinds from kBlock on take part in the nesting, name labels, or have an operand that
// matters, and are read by the walk. skip_immediates() skips all others.
enum class Kind : uint8_t {
  kUnknown,
  kNone,
  kLeb,
  kMemarg,
  kBytes4,
  kBytes8,
  kValueTypes,
  kHeapType,
  kPrefixGc,
  kPrefixMisc,
  kPrefixSimd,
  kPrefixAtomic,
  kBlock,
  kLoop,
  kTryTable,
  kEnd,
  kDelegate,
  kLabel,
  kLabelTable,
  kArm,
  kIndex,
  kIndex2,
  kI32,
};

// The kind of every opcode of one byte.
struct KindTable {
  Kind kinds[256] = {};

  constexpr void set(Kind kind, int first, int last) {
    for (int code = first; code <= last; ++code) kinds[code] = kind;
  }
  constexpr void set(Kind kind, int code) { set(kind, code, code); }
};
extern const KindTable kind_table;
inline Kind kind_of(uint8_t opcode) { return kind_table.kinds[opcode]; }

void skip_memarg(Reader& reader);

// What an instruction whose immediates were skipped has besides.
struct Skipped {
  uint32_t second = 0;     // the second opcode after a prefix; otherwise 0
  bool has_label = false;  // a label and two heap types follow: skip_rest_of_cast() skips these after the label
};

// Skips the immediates of an instruction, after its opcode. If it has a label, it stops in front of it.
Skipped skip_immediates(Reader& reader, uint8_t opcode);
inline void skip_rest_of_cast(Reader& reader) {
  reader.skip_heap_type();
  reader.skip_heap_type();
}

// Skips one instruction of a constant expression, after its opcode.
inline void skip_constant_immediates(Reader& reader, uint8_t opcode) {
  if (skip_immediates(reader, opcode).has_label) reader.fail("a branch in a constant");
}

}  // namespace wasmsig::instrument
