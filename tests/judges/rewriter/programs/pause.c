// A program that its host suspends by Asyncify within loops and recursion.
#include <stdint.h>

__attribute__((import_module("host"), import_name("pause"))) void host_pause(uint32_t value);

static uint32_t mix(uint32_t x, uint32_t rounds) {
  for (uint32_t i = 0; i < rounds; ++i) x = x * 1664525 + 1013904223;
  return x;
}

__attribute__((noinline)) static uint32_t tree(uint32_t depth, uint32_t x) {
  if (depth == 0) {
    if (x % 5 == 0) host_pause(x);
    return mix(x, x % 17);
  }
  const uint32_t left = tree(depth - 1, x * 3 + 1);
  return left ^ tree(depth - 1, left + depth);
}

__attribute__((export_name("run"))) uint32_t run(uint32_t n) {
  uint32_t total = n;
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = 0; j < 10; ++j) {
      total = mix(total, j * 5);
      if (total % 7 == 0) host_pause(total);
    }
    total += tree(3, total);
  }
  return total;
}
