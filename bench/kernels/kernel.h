// What every kernel of this folder is: a function run(n) whose work grows with n and whose result depends on all of it.
#pragma once
#include <stdint.h>

__attribute__((export_name("run"), noinline)) uint32_t run(uint32_t n);

// A generator for the kernels' data: xorshift32.
static inline uint32_t next_random(uint32_t *state) {
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}
