// The stack pointer of a program that was not linked with libwasmsig. A guard restores it when it has ended a computation
// (js/guard/shadow_stack.js). Most programs do not export it, or under a shortened name: then each end would take a
// piece of their stack, until it overflows into their data.
//
// It is the global that LLVM's functions lower when they begin:
//
//     global.get $g  i32.const N  i32.sub  local.tee $frame  global.set $g
#pragma once

#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {

constexpr const char* kStackPointer = "wasmsig_stack_pointer";

// The global that most functions lower. False: there is none of the module's own, or the module exports it already.
// (An imported one is that of the program into which a dynamic linker loads the module.)
bool find_hidden_stack_pointer(Memory& memory, const Module& module, uint32_t& global);

}  // namespace wasmsig::instrument
