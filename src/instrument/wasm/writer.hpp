// A growing byte buffer that writes the binary format, and text.
#pragma once

#include "instrument/memory.hpp"

namespace wasmsig::instrument {

class Writer {
 public:
  explicit Writer(Memory& memory, uint32_t capacity = 64) : memory_(&memory) { reserve(capacity); }

  uint32_t size() const { return size_; }
  uint8_t* data() const { return data_; }
  Bytes bytes() const { return {data_, size_}; }
  void truncate(uint32_t size) { size_ = size; }

  void reserve(size_t more) {
    if (more > capacity_ - size_) [[unlikely]]
      grow(more);
  }

  void u8(uint8_t byte) {
    reserve(1);
    data_[size_++] = byte;
  }
  void u32(uint32_t value) {
    reserve(5);
    size_ += encode(data_ + size_, value);
  }
  void s32(int32_t value);
  void append(Bytes bytes) {
    if (bytes.size == 0) return;
    reserve(bytes.size);
    memcpy(data_ + size_, bytes.data, bytes.size);
    size_ += bytes.size;
  }
  template <class... Byte>
  void op(Byte... bytes) {
    (u8(static_cast<uint8_t>(bytes)), ...);
  }
  // The bytes from `from` up to `to` of a module; none if there are none.
  void copy(Bytes module, uint32_t from, uint32_t to) {
    if (to > from) append({module.data + from, to - from});
  }
  // A vector of bytes: their number, then they.
  void name(Bytes bytes) {
    u32(bytes.size);
    append(bytes);
  }

  Writer& text(const char* text) {
    append({reinterpret_cast<const uint8_t*>(text), static_cast<uint32_t>(strlen(text))});
    return *this;
  }
  Writer& text(Bytes bytes) {
    append(bytes);
    return *this;
  }
  Writer& decimal(uint64_t value);
  Writer& hexadecimal(uint32_t value, int digits);

  // Writes the unsigned LEB128 number, of at most 5 bytes. Returns how many bytes it has.
  static uint32_t encode(uint8_t* to, uint32_t value) {
    uint32_t size = 0;
    for (; value >= 0x80; value >>= 7) to[size++] = static_cast<uint8_t>(value | 0x80);
    to[size++] = static_cast<uint8_t>(value);
    return size;
  }
  static uint32_t encoded_size(uint32_t value) {
    uint32_t size = 1;
    for (; value >= 0x80; value >>= 7) size++;
    return size;
  }

 private:
  void grow(size_t more);

  Memory* memory_;
  uint8_t* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

inline Bytes bytes_of(const char* text) {
  return {reinterpret_cast<const uint8_t*>(text), static_cast<uint32_t>(strlen(text))};
}
inline bool equal(Bytes a, const char* text) { return equal(a, bytes_of(text)); }
inline bool starts_with(Bytes a, const char* text) {
  const Bytes b = bytes_of(text);
  return a.size >= b.size && equal({a.data, b.size}, b);
}

}  // namespace wasmsig::instrument
