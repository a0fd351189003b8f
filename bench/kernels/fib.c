// Fibonacci numbers by recursion: calls, and no loop but the one that counts rounds.
#include "kernel.h"

__attribute__((noinline)) static uint32_t fib(uint32_t n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

uint32_t run(uint32_t n) {
  uint32_t total = 0;
  for (uint32_t round = 0; round < n; ++round) total += fib(15 + (round & 1));
  return total;
}
