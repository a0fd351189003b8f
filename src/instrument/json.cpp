#include "instrument/json.hpp"

namespace wasmsig::instrument {

void Json::begin(char bracket) {
  element();
  out_.u8(static_cast<uint8_t>(bracket));
  depth_++;
  is_first_ = true;
}

void Json::end(char bracket) {
  depth_--;
  if (!is_first_) new_line();
  out_.u8(static_cast<uint8_t>(bracket));
  is_first_ = false;
}

void Json::element() {
  if (is_value_) {
    is_value_ = false;
    return;
  }
  if (depth_ == 0) return;
  if (!is_first_) out_.u8(',');
  is_first_ = false;
  new_line();
}

void Json::new_line() {
  if (indent_ == 0) return;
  out_.u8('\n');
  for (uint32_t i = 0; i < indent_ * depth_; ++i) out_.u8(' ');
}

void Json::number(int64_t value) {
  element();
  if (value < 0) out_.u8('-');
  out_.decimal(value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
}

void Json::tenths(uint64_t value) {
  element();
  out_.decimal(value / 10);
  if (value % 10 != 0) out_.text(".").decimal(value % 10);
}

void Json::string_at(Bytes text) {
  out_.u8('"');
  for (const uint8_t byte : text) {
    switch (byte) {
      case '"': out_.text("\\\""); break;
      case '\\': out_.text("\\\\"); break;
      case '\b': out_.text("\\b"); break;
      case '\f': out_.text("\\f"); break;
      case '\n': out_.text("\\n"); break;
      case '\r': out_.text("\\r"); break;
      case '\t': out_.text("\\t"); break;
      default:
        if (byte < 0x20)
          out_.text("\\u").hexadecimal(byte, 4);
        else
          out_.u8(byte);
    }
  }
  out_.u8('"');
}

}  // namespace wasmsig::instrument
