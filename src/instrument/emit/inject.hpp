// The runtime of a module that was not linked with libwasmsig. It asks a function that the embedder gives:
//
//     $count, $wasmsig_refill                        the countdown of the checks (countdown.hpp)
//     (table $slot 1 1 funcref)
//     (elem (table $slot) (i32.const 0) func $quiet)
//     (func $quiet (result i32)  (i32.const 0x7fffffff))
//     (func $safe_point (result i32)                 the slow path
//       (local $skip i32)
//       (if (i32.lt_s (local.tee $skip (call_indirect $slot (result i32) (i32.const 0))) (i32.const 0))
//         (unreachable))
//       (local.get $skip))
//     (func (export "wasmsig_set_safe_point") (param $function funcref)
//       (table.set $slot (i32.const 0)
//         (select (ref.func $quiet) (local.get $function) (ref.is_null (local.get $function))))
//       (global.set $count (i32.const 0)))           the next check asks
//
// The function's result is how many checks may be skipped. A negative one ends the computation by a trap, which,
// unlike an exception, no code of the module can catch. Without an embedder the module runs as it did before.
//
// The stack pointer is exported too, as wasmsig_stack_pointer, if the module has one of its own that it does not export
// (find_stack_pointer.hpp).
//
// All of it is appended, so no index of the module moves, and nothing of it is in a memory. Of what is new only a
// function is exported: Emscripten's dynamic loader takes every export of a side module for a symbol, and a global for
// an address. (A side module imports its stack pointer.) The types are appended even if the module has the same ones:
// those may be open, or in a group of recursive types, and then no function of another module has them.
#pragma once

#include "instrument/emit/sections.hpp"
#include "instrument/request.hpp"

namespace wasmsig::instrument {

struct Injection {
  static constexpr uint32_t kFunctions = 3;
  static constexpr const char* kNames[kFunctions] = {"wasmsig_quiet", "wasmsig_safe_point", "wasmsig_set_safe_point"};

  uint32_t first = 0;  // the index of the first function
  uint32_t count = 0;  // of the countdown's global

  uint32_t quiet() const { return first; }
  uint32_t safe_point() const { return first + 1; }
  uint32_t set_safe_point() const { return first + 2; }
};

// Whether a module is a foreign one: it has nothing of the library, no export and no import.
bool is_foreign(const Module& module);

// Chooses between this runtime and that of the library. False: the context has failed.
bool choose_runtime(Context& context, const Module& module, const Request& request, bool& is_injected);

// What stands against it in a foreign module, or in the request, fails the context. Returns whether nothing does.
bool may_inject(Context& context, const Module& module, const Request& request);

// Appends everything but the countdown. `first_type`: the index of the first type that is appended; that of the slow
// path. `code`: ends with the bodies of the functions before these.
void inject(const Module& module, const Injection& injection, uint32_t first_type, Appended& appended, Writer& code);

}  // namespace wasmsig::instrument
