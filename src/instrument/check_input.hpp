// Whether a module is a program that can be instrumented.
#pragma once

#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {

// The indices of the library's exported functions.
struct Runtime {
  uint32_t block = 0;
  uint32_t safe_point = 0;
  uint32_t deliver = 0;

  bool has(uint32_t function) const { return function == block || function == safe_point || function == deliver; }
};

// Each fails the context, and returns false, if it is not.
bool refuse_by_sections(Context& context, const Module& module);
bool refuse_memory(Context& context, const MemoryType& memory);
bool read_runtime(Context& context, const Module& module, Runtime& runtime);
bool read_block_address(Context& context, const Module& module, uint32_t function, uint32_t& address);

// How many of its exports a module has.
constexpr uint32_t kRuntimeExports = 3;
uint32_t count_runtime_exports(const Module& module);
// Fails the context for a module that has some of them, or only its imports. Returns false.
bool refuse_part_of_runtime(Context& context, const Module& module);

// Whether it has the library's imports.
bool imports_host(const Module& module);
// Whether the program has a host that can ring its doorbell. A WASI program that does not import from `wasmsig` was
// linked with the stand-alone library.
bool has_host(const Module& module);

// Detects whether Binaryen's Asyncify has rewritten the module, by the code of its `asyncify_start_unwind`, since the
// names of exports may have been shortened: state = 1; data = the argument; a check of the data's bounds.
//
// `state`: the index of the global that holds the state, which is 0 while the program runs normally; -1: no Asyncify.
// False: the context has failed.
bool find_asyncify_state(Context& context, const Module& module, int64_t& state);

}  // namespace wasmsig::instrument
