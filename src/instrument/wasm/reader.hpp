// Reads the binary format. No read goes beyond the end: the first that would fails the reader, and it and all later
// ones give 0. So a caller reads a whole thing and then asks once; only loops ask in every round.
#pragma once

#include "instrument/failure.hpp"

namespace wasmsig::instrument {

struct Range {
  uint32_t start = 0;
  uint32_t end = 0;

  uint32_t size() const { return end - start; }
};

struct Limits {
  uint8_t flags = 0;
  bool has_maximum = false;
  uint32_t minimum = 0;
  uint32_t maximum = 0;
};

class Reader {
 public:
  Reader(Bytes module, Range range) : bytes_(module.data), size_(module.size), pos_(range.start), end_(range.end) {}
  explicit Reader(Bytes module) : Reader(module, {0, module.size}) {}

  uint32_t pos() const { return pos_; }
  void move_to(uint32_t pos) { pos_ = pos; }
  uint32_t end() const { return end_; }
  bool done() const { return pos_ >= end_; }
  bool failed() const { return unreadable_.kind != Unreadable::kNone; }
  bool ok() const { return !failed(); }
  const Unreadable& unreadable() const { return unreadable_; }
  Bytes module() const { return {bytes_, size_}; }

  // The next byte, which may lie behind the end; -1: the module ends here.
  int peek() const { return pos_ < size_ ? bytes_[pos_] : -1; }

  uint8_t u8() {
    if (pos_ >= end_) [[unlikely]] {
      fail();
      return 0;
    }
    return bytes_[pos_++];
  }

  // An unsigned LEB128 number of 32 bits.
  uint32_t u32() {
    const uint8_t byte = u8();
    return byte < 0x80 ? byte : u32_of_more(byte);
  }

  // A signed LEB128 number of at most 33 bits (i32 constants, block types, heap types). One byte more is not refused.
  int64_t s33();

  // Skips one LEB128 number of any size.
  void skip_leb() {
    if (u8() >= 0x80) [[unlikely]]
      skip_more_of_leb();
  }

  void skip(uint32_t count) {
    if (int64_t{count} > int64_t{end_} - pos_) [[unlikely]] {
      fail();
      return;
    }
    pos_ += count;
  }

  // The bytes of a name, as they are.
  Bytes raw_name();

  // Skips one value type (or packed storage type).
  void skip_value_type();
  // Skips a heap type: a type index, or one byte for those that the language defines.
  void skip_heap_type();
  Limits limits();

  void fail(const char* what = "it ends too early");
  void fail_unknown(const char* what, uint32_t number = 0, uint8_t digits = 0);
  void fail_unknown_prefixed(uint8_t prefix, uint32_t second);

 private:
  uint32_t u32_of_more(uint8_t first);
  void skip_more_of_leb();
  void check_abstract_heap_type(int byte);
  void stop(const Unreadable& why);

  const uint8_t* bytes_;
  uint32_t size_;
  uint32_t pos_;
  uint32_t end_;
  Unreadable unreadable_;
};

}  // namespace wasmsig::instrument
