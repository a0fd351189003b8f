// JSON as JSON.stringify() of ECMAScript writes it.
#pragma once

#include "instrument/wasm/writer.hpp"

namespace wasmsig::instrument {

class Json {
 public:
  // `indent`: spaces for each level; 0: all on one line.
  Json(Writer& out, uint32_t indent) : out_(out), indent_(indent) {}

  Json& key(const char* name) {
    element();
    string_at(bytes_of(name));
    out_.text(indent_ > 0 ? ": " : ":");
    is_value_ = true;
    return *this;
  }
  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void string(Bytes text) {
    element();
    string_at(text);
  }
  void string(const char* text) { string(bytes_of(text)); }
  void number(int64_t value);
  void tenths(uint64_t value);
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void null() { literal("null"); }

 private:
  void begin(char bracket);
  void end(char bracket);
  void literal(const char* text) {
    element();
    out_.text(text);
  }
  // Called before each value and each key.
  void element();
  void new_line();
  void string_at(Bytes text);

  Writer& out_;
  uint32_t indent_;
  uint32_t depth_ = 0;
  bool is_value_ = false;  // a key was written, and its value comes
  bool is_first_ = true;   // of the innermost object or array
};

}  // namespace wasmsig::instrument
