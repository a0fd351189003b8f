// What every step of a session has: its memory, and where it says what is wrong.
#pragma once

#include "instrument/failure.hpp"
#include "instrument/wasm/reader.hpp"
#include "instrument/wasm/writer.hpp"

namespace wasmsig::instrument {

struct Context {
  Exhaustion exhaustion;
  Memory memory{&exhaustion};    // lives as long as the session
  Memory scratch{&exhaustion};   // of one function, or of one step
  Memory search{&exhaustion};    // of one search in the call graph
  Memory emission{&exhaustion};  // of one output
  Failure failure;

  bool ok() const { return failure.code == nullptr; }
  // The first one counts. `code` is static, and the message is kept. Returns false.
  bool fail(const char* code, Bytes message);
  bool fail(const char* code, const char* message) { return fail(code, bytes_of(message)); }
  // Fails if the reader has, and returns whether it has not.
  bool check(const Reader& reader);
};

// An encoding in words.
Writer& describe(Writer& out, const Unreadable& what);

}  // namespace wasmsig::instrument
