// What is wrong with a module or a request. The first failure counts; what comes after it is not looked at.
#pragma once

#include "instrument/memory.hpp"

namespace wasmsig::instrument {

// What a reader could not read.
struct Unreadable {
  enum Kind : uint8_t {
    kNone,
    kInvalid,  // no module has it
    kUnknown,  // an encoding that this version does not know, and so cannot skip
  };
  Kind kind = kNone;
  bool prefixed = false;  // `number` is a prefix, and `second` the opcode after it
  uint8_t digits = 0;     // of `number`, hexadecimal: at least so many; 0: it is decimal
  const char* what = "";  // ends with '(' if a number follows
  uint32_t number = 0;
  uint32_t second = 0;
  uint32_t at = 0;  // kInvalid: the offset in the module
};

struct Failure {
  const char* code = nullptr;  // null: there is none
  Bytes message;
};

}  // namespace wasmsig::instrument
