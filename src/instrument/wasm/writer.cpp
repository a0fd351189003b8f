#include "instrument/wasm/writer.hpp"

namespace wasmsig::instrument {

void Writer::grow(size_t more) {
  const size_t least = size_t{size_} + more;
  size_t capacity = size_t{capacity_} * 2;
  if (capacity < least) capacity = least;
  if (least > UINT32_MAX) memory_->exhausted();
  if (capacity > UINT32_MAX) capacity = UINT32_MAX;
  data_ = static_cast<uint8_t*>(memory_->enlarge(data_, capacity_, capacity));
  capacity_ = static_cast<uint32_t>(capacity);
}

void Writer::s32(int32_t value) {
  for (;;) {
    const auto byte = static_cast<uint8_t>(value & 0x7f);
    value >>= 7;
    if ((value == 0 && !(byte & 0x40)) || (value == -1 && (byte & 0x40))) return u8(byte);
    u8(byte | 0x80);
  }
}

Writer& Writer::decimal(uint64_t value) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0);
  while (count > 0) u8(static_cast<uint8_t>(digits[--count]));
  return *this;
}

Writer& Writer::hexadecimal(uint32_t value, int digits) {
  while (digits < 8 && value >> (4 * digits) != 0) digits++;
  while (digits > 0) u8(static_cast<uint8_t>("0123456789abcdef"[(value >> (4 * --digits)) & 15]));
  return *this;
}

}  // namespace wasmsig::instrument
