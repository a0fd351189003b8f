// The custom section of an instrumented module.
#pragma once

#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {

// The version of docs/host-abi.md.
constexpr int kAbiVersion = 3;
// Of the doorbell in the control block, in bytes.
constexpr uint32_t kDoorbellOffset = 64;
// The module of the imports of docs/host-abi.md, and the name of the custom section.
constexpr const char* kImportModule = "wasmsig";

struct Mark {
  bool is_there = false;
  bool is_countdown = false;  // the kind of check
  bool is_injected = false;   // the runtime is not that of the library
  int64_t block = 0;          // the address of the control block; an injected runtime has none
};

// Another version's is refused, because the host would not know how its safe points work. False: the context has
// failed.
bool read_mark(Context& context, const Module& module, Mark& mark);

// Writes it.
void write_mark(Writer& out, const Mark& mark, uint32_t safe_points);

}  // namespace wasmsig::instrument
