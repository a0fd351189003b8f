#include "instrument/wasm/reader.hpp"

namespace wasmsig::instrument {

void Reader::stop(const Unreadable& why) {
  if (failed()) return;
  unreadable_ = why;
  end_ = 0;  // nothing more is read
}

void Reader::fail(const char* what) { stop({.kind = Unreadable::kInvalid, .what = what, .at = pos_}); }

void Reader::fail_unknown(const char* what, uint32_t number, uint8_t digits) {
  stop({.kind = Unreadable::kUnknown, .digits = digits, .what = what, .number = number});
}

void Reader::fail_unknown_prefixed(uint8_t prefix, uint32_t second) {
  stop({.kind = Unreadable::kUnknown,
        .prefixed = true,
        .digits = 1,
        .what = "an unknown instruction (",
        .number = prefix,
        .second = second});
}

uint32_t Reader::u32_of_more(uint8_t first) {
  uint64_t value = first & 0x7f;
  for (int shift = 7; shift < 35; shift += 7) {
    const uint8_t byte = u8();
    value += static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if (value > UINT32_MAX) break;
    return failed() ? 0 : static_cast<uint32_t>(value);
  }
  fail("a number is too large");
  return 0;
}

int64_t Reader::s33() {
  int64_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    const uint8_t byte = u8();
    value += static_cast<int64_t>(byte & 0x7f) << shift;
    if (byte >= 0x80) continue;
    if (failed()) return 0;
    return byte & 0x40 ? value - (int64_t{1} << (shift + 7)) : value;
  }
  fail("a number is too large");
  return 0;
}

void Reader::skip_more_of_leb() {
  for (int i = 1; i < 10; ++i)
    if (u8() < 0x80) return;
  fail("a number is too large");
}

Bytes Reader::raw_name() {
  const uint32_t length = u32();
  const uint32_t from = pos_;
  skip(length);
  return failed() ? Bytes{} : Bytes{bytes_ + from, length};
}

void Reader::skip_value_type() {
  const uint8_t byte = u8();
  if (failed()) return;
  if (byte == 0x63 || byte == 0x64)
    skip_heap_type();  // (ref null? HEAPTYPE)
  else if ((byte < 0x7b || byte > 0x7f) && byte != 0x78 && byte != 0x77)
    check_abstract_heap_type(byte);
}

void Reader::skip_heap_type() {
  const int first = peek();
  const int64_t type = s33();
  if (ok() && type < 0) check_abstract_heap_type(first);
}

void Reader::check_abstract_heap_type(int byte) {
  if (byte < 0x67 || byte > 0x75) fail_unknown("an unknown type (", static_cast<uint32_t>(byte), 1);
}

Limits Reader::limits() {
  Limits result;
  result.flags = u8();
  const bool is_wide = (result.flags & 4) != 0;
  if (is_wide)
    skip_leb();
  else
    result.minimum = u32();
  result.has_maximum = (result.flags & 1) != 0;
  if (result.has_maximum) {
    if (is_wide)
      skip_leb();
    else
      result.maximum = u32();
  }
  if (result.flags & 8) skip_leb();  // custom page size
  return result;
}

}  // namespace wasmsig::instrument
