// What instructions do to the operand stack.
#include "instrument/wasm/operands.hpp"

namespace wasmsig::instrument {
namespace {

// What holds for the opcodes `first` to `last`. Later entries take precedence.
template <class T>
struct Entry {
  T value;
  uint16_t first;
  uint16_t last;
};

struct Table {
  uint8_t values[256];

  uint8_t operator[](uint32_t code) const { return code < 256 ? values[code] : kUnlisted; }
  static constexpr uint8_t kUnlisted = 0x55;  // neither a change nor a type
};

template <class T, size_t kSize>
constexpr Table build(const Entry<T> (&entries)[kSize]) {
  Table table{};
  for (uint8_t& value : table.values) value = Table::kUnlisted;
  for (const Entry<T>& entry : entries)
    for (int code = entry.first; code <= entry.last; ++code) table.values[code] = static_cast<uint8_t>(entry.value);
  return table;
}

// How many operands more there are after an instruction; unknown if it is not listed.
constexpr Entry<int8_t> kPlainEntries[] = {
    {0, 0x01, 0x01},  {-1, 0x0d, 0x0d}, {-1, 0x1a, 0x1a}, {-2, 0x1b, 0x1c}, {1, 0x20, 0x20},  {-1, 0x21, 0x21},
    {0, 0x22, 0x22},  {1, 0x23, 0x23},  {-1, 0x24, 0x24}, {0, 0x25, 0x25},  {-2, 0x26, 0x26}, {0, 0x28, 0x35},
    {-2, 0x36, 0x3e}, {1, 0x3f, 0x3f},  {0, 0x40, 0x40},  {1, 0x41, 0x44},  {-1, 0x45, 0xa6}, {0, 0x45, 0x45},
    {0, 0x50, 0x50},  {0, 0x67, 0x69},  {0, 0x79, 0x7b},  {0, 0x8b, 0x91},  {0, 0x99, 0x9f},  {0, 0xa7, 0xc4},
    {1, 0xd0, 0xd0},  {0, 0xd1, 0xd1},  {1, 0xd2, 0xd2},  {-1, 0xd3, 0xd3}, {0, 0xd4, 0xd5},  {-1, 0xd6, 0xd6},
};
constexpr Entry<int8_t> kMiscEntries[] = {
    {0, 0, 7}, {-3, 8, 8}, {0, 9, 9}, {-3, 10, 12}, {0, 13, 13}, {-3, 14, 14}, {-1, 15, 15}, {1, 16, 16}, {-3, 17, 17},
};
// Those of relaxed SIMD are unknown.
constexpr Entry<int8_t> kSimdEntries[] = {
    {0, 0, 10},     {-2, 11, 11},   {1, 12, 12},    {-1, 13, 14},   {0, 15, 22},    {-1, 23, 23},   {0, 24, 25},
    {-1, 26, 26},   {0, 27, 27},    {-1, 28, 28},   {0, 29, 29},    {-1, 30, 30},   {0, 31, 31},    {-1, 32, 32},
    {0, 33, 33},    {-1, 34, 34},   {-1, 35, 76},   {0, 77, 77},    {-1, 78, 81},   {-2, 82, 82},   {0, 83, 83},
    {-1, 84, 87},   {-2, 88, 91},   {0, 92, 100},   {-1, 101, 102}, {0, 103, 106},  {-1, 107, 115}, {0, 116, 117},
    {-1, 118, 121}, {0, 122, 122},  {-1, 123, 123}, {0, 124, 129},  {-1, 130, 130}, {0, 131, 132},  {-1, 133, 134},
    {0, 135, 138},  {-1, 139, 147}, {0, 148, 148},  {-1, 149, 153}, {-1, 155, 159}, {0, 160, 161},  {0, 163, 164},
    {0, 167, 170},  {-1, 171, 174}, {-1, 177, 177}, {-1, 181, 186}, {-1, 188, 191}, {0, 192, 193},  {0, 195, 196},
    {0, 199, 202},  {-1, 203, 206}, {-1, 209, 209}, {-1, 213, 223}, {0, 224, 225},  {0, 227, 227},  {-1, 228, 235},
    {0, 236, 237},  {0, 239, 239},  {-1, 240, 247}, {0, 248, 255},
};
// The types of the operands that they push, if any.
constexpr Entry<uint8_t> kTypeEntries[] = {
    {type::kNone, 0x25, 0x25}, {type::kI32, 0x28, 0x28},  {type::kI64, 0x29, 0x29}, {type::kF32, 0x2a, 0x2a},
    {type::kF64, 0x2b, 0x2b},  {type::kI32, 0x2c, 0x2f},  {type::kI64, 0x30, 0x35}, {type::kI32, 0x3f, 0x41},
    {type::kI64, 0x42, 0x42},  {type::kF32, 0x43, 0x43},  {type::kF64, 0x44, 0x44}, {type::kI32, 0x45, 0x78},
    {type::kI64, 0x79, 0x8a},  {type::kF32, 0x8b, 0x98},  {type::kF64, 0x99, 0xa6}, {type::kI32, 0xa7, 0xab},
    {type::kI64, 0xac, 0xb1},  {type::kF32, 0xb2, 0xb6},  {type::kF64, 0xb7, 0xbb}, {type::kI32, 0xbc, 0xbc},
    {type::kI64, 0xbd, 0xbd},  {type::kF32, 0xbe, 0xbe},  {type::kF64, 0xbf, 0xbf}, {type::kI32, 0xc0, 0xc1},
    {type::kI64, 0xc2, 0xc4},  {type::kNone, 0xd0, 0xd0}, {type::kI32, 0xd1, 0xd1}, {type::kNone, 0xd2, 0xd2},
    {type::kI32, 0xd3, 0xd3},  {type::kNone, 0xd4, 0xd5},
};
constexpr Entry<uint8_t> kMiscTypeEntries[] = {
    {type::kI32, 0, 3},
    {type::kI64, 4, 7},
    {type::kI32, 15, 16},
};
constexpr Entry<uint8_t> kSimdTypeEntries[] = {
    {type::kV128, 0, 10},  {type::kV128, 12, 87},  {type::kV128, 92, 255}, {type::kI32, 21, 22},   {type::kI32, 24, 25},
    {type::kI32, 27, 27},  {type::kI64, 29, 29},   {type::kF32, 31, 31},   {type::kF64, 33, 33},   {type::kI32, 83, 83},
    {type::kI32, 99, 100}, {type::kI32, 131, 132}, {type::kI32, 163, 164}, {type::kI32, 195, 196},
};

constexpr Table kPlain = build(kPlainEntries);
constexpr Table kMisc = build(kMiscEntries);
constexpr Table kSimd = build(kSimdEntries);
constexpr Table kTypes = build(kTypeEntries);
constexpr Table kMiscTypes = build(kMiscTypeEntries);
constexpr Table kSimdTypes = build(kSimdTypeEntries);

Effect effect(uint8_t change, uint8_t type) {
  if (change == Table::kUnlisted) return {};
  const int more = change < 0x80 ? change : change - 0x100;
  if (type == Table::kUnlisted) return {.is_known = true, .pops = -more};
  return {.is_known = true, .pushes = true, .type = type, .pops = 1 - more};
}

uint8_t change_of_atomic(uint32_t code) {
  if (code == 3 || (code >= 0x10 && code <= 0x16)) return 0;
  const bool pops_two = code == 0 || (code > 0x1d && code < 0x48);
  return static_cast<uint8_t>(pops_two ? -1 : -2);
}

uint8_t type_of_atomic(uint32_t code) {
  if (code <= 2) return type::kI32;
  if (code == 3 || (code >= 0x17 && code <= 0x1d)) return Table::kUnlisted;
  const uint32_t width = (code - (code < 0x17 ? 0x10 : 0x1e)) % 7;
  return width == 0 || width == 2 || width == 3 ? type::kI32 : type::kI64;
}

}  // namespace

Effect effect_of(uint8_t opcode, uint32_t immediate) {
  switch (opcode) {
    case op::kPrefixMisc: return effect(kMisc[immediate], kMiscTypes[immediate]);
    case op::kPrefixSimd: return effect(kSimd[immediate], kSimdTypes[immediate]);
    case op::kPrefixAtomic: return effect(change_of_atomic(immediate), type_of_atomic(immediate));
    default: return effect(kPlain[opcode], kTypes[opcode]);
  }
}

}  // namespace wasmsig::instrument
