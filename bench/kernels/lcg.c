// A linear congruential generator: a loop of three instructions that each wait for the one before.
#include "kernel.h"

uint32_t run(uint32_t n) {
  uint32_t x = 1;
  for (uint32_t i = 0; i < n * 1000; ++i) x = x * 1664525 + 1013904223;
  return x;
}
