#include "instrument/wasm/utf8.hpp"

#include "instrument/wasm/writer.hpp"

namespace wasmsig::instrument {
namespace {

struct Sequence {
  uint32_t size;  // of the character, or of the longest part of one
  bool is_valid;
  uint32_t point;
};

// How many bytes follow the first; -1: it is no first byte.
int continuations(uint8_t first) {
  if (first < 0x80) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 1;
  if (first >= 0xe0 && first <= 0xef) return 2;
  return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

// The bounds of the second byte exclude overlong forms, surrogates and numbers over U+10FFFF.
bool may_be_second(uint8_t first, uint8_t second) {
  const uint8_t lower = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const uint8_t upper = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  return second >= lower && second <= upper;
}

Sequence next_character(Bytes text, uint32_t at) {
  const uint8_t first = text[at];
  const int more = continuations(first);
  if (more < 0) return {1, false, 0};
  uint32_t point = more == 0 ? first : first & (0x3f >> more);
  for (int i = 1; i <= more; ++i) {
    if (at + i >= text.size) return {static_cast<uint32_t>(i), false, 0};
    const uint8_t byte = text[at + i];
    if (i == 1 ? !may_be_second(first, byte) : (byte & 0xc0) != 0x80) return {static_cast<uint32_t>(i), false, 0};
    point = point << 6 | (byte & 0x3f);
  }
  return {static_cast<uint32_t>(more) + 1, true, point};
}

bool is_ascii(Bytes text) {
  for (const uint8_t byte : text)
    if (byte >= 0x80) return false;
  return true;
}

bool has_mark(Bytes text) { return text.size >= 3 && text[0] == 0xef && text[1] == 0xbb && text[2] == 0xbf; }

bool is_valid(Bytes text) {
  for (uint32_t at = 0; at < text.size;) {
    const Sequence next = next_character(text, at);
    if (!next.is_valid) return false;
    at += next.size;
  }
  return true;
}

bool is_space(uint32_t point) {
  if (point < 0x80) return point == ' ' || (point >= 9 && point <= 13);
  if (point >= 0x2000 && point <= 0x200a) return true;
  constexpr uint32_t kOthers[] = {0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff};
  for (const uint32_t other : kOthers)
    if (point == other) return true;
  return false;
}

}  // namespace

Bytes decoded(Memory& memory, Bytes raw) {
  if (is_ascii(raw)) return raw;
  const uint32_t start = has_mark(raw) ? 3 : 0;
  const Bytes text{raw.data + start, raw.size - start};
  if (is_valid(text)) return text;
  Writer out(memory, text.size);
  for (uint32_t at = 0; at < text.size;) {
    const Sequence next = next_character(text, at);
    if (next.is_valid)
      out.append({text.data + at, next.size});
    else
      out.text("\xef\xbf\xbd");
    at += next.size;
  }
  return out.bytes();
}

Bytes without_leading_space(Bytes text) {
  uint32_t at = 0;
  while (at < text.size) {
    const Sequence next = next_character(text, at);
    if (!next.is_valid || !is_space(next.point)) break;
    at += next.size;
  }
  return {text.data + at, text.size - at};
}

}  // namespace wasmsig::instrument
