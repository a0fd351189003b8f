// The stack pointer: a global of WebAssembly, the top of the C library's stack in linear memory.
#pragma once

#if defined(__wasm__)

#include <stdint.h>

__asm__(".globaltype __stack_pointer, i32");

namespace wasmsig {

[[gnu::always_inline]] inline uintptr_t stack_pointer() {
  uintptr_t top;
  __asm__ volatile("global.get __stack_pointer\n local.set %0" : "=r"(top));
  return top;
}

[[gnu::always_inline]] inline void set_stack_pointer(uintptr_t top) {
  __asm__ volatile("local.get %0\n global.set __stack_pointer" : : "r"(top) : "memory");
}

}  // namespace wasmsig

#endif
