// Insertion sort: a short inner loop whose end depends on data.
#include "kernel.h"

enum { LENGTH = 256 };
static uint32_t numbers[LENGTH];

uint32_t run(uint32_t n) {
  uint32_t state = n | 1, total = 0;
  for (uint32_t round = 0; round < n; ++round) {
    for (int i = 0; i < LENGTH; ++i) numbers[i] = next_random(&state);
    for (int i = 1; i < LENGTH; ++i) {
      const uint32_t value = numbers[i];
      int j = i;
      for (; j > 0 && numbers[j - 1] > value; --j) numbers[j] = numbers[j - 1];
      numbers[j] = value;
    }
    total = total * 31 + numbers[round % LENGTH];
  }
  return total;
}
