/*
 * A function that calls nothing may use up to 128 bytes below the stack pointer without moving it (LLVM's red zone). A safe point in its loop calls something
 * all the same: this finds out whether that leaves the function's bytes alone. Prints "right, and N signals" or what was wrong. Argument: rounds (default 20000).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t handled;
static void count(int signo) { handled = handled + (signo == SIGUSR1); }

/* How many different bytes there are. */
__attribute__((noinline)) static unsigned different(const unsigned char *text, unsigned length) {
  unsigned seen[8] = {0}; /* small enough to be cleared without memset() */
  for (unsigned i = 0; i < length; i++) seen[text[i] / 32] |= 1u << text[i] % 32;
  unsigned sum = 0;
  for (unsigned byte = 0; byte < 256; byte++) sum += seen[byte / 32] >> byte % 32 & 1;
  return sum;
}

int main(int argc, char **argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 20000;
  unsigned char text[200];
  for (unsigned i = 0; i < sizeof text; i++) text[i] = (unsigned char)(i * 7); /* all different */
  signal(SIGUSR1, count);
  puts("ready");
  fflush(stdout);
  for (int round = 0; round < rounds; round++) {
    __asm__ volatile("" : : "r"(text) : "memory"); /* or it would be called once */
    const unsigned sum = different(text, sizeof text);
    if (sum != sizeof text) return printf("round %d: %u instead of %zu\n", round, sum, sizeof text), 1;
  }
  printf("right, and %d signals\n", (int)handled);
  return 0;
}
