// The sum of an array: the shortest loop with a load.
#include "kernel.h"

enum { LENGTH = 4096 };
static uint32_t numbers[LENGTH];

uint32_t run(uint32_t n) {
  uint32_t state = n | 1, total = 0;
  for (int i = 0; i < LENGTH; ++i) numbers[i] = next_random(&state);
  for (uint32_t round = 0; round < n; ++round) {
    for (int i = 0; i < LENGTH; ++i) total += numbers[i] ^ round;
  }
  return total;
}
