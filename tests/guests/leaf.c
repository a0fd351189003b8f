/*
 * A function that calls nothing may use up to 128 bytes below the stack pointer without moving it (LLVM's red zone). A safe point in its loop calls something
 * all the same: this finds out whether that leaves the function's bytes alone. Prints "right" or what was wrong. Argument: rounds (default 20000).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t handled;
static void count(int signo) { handled = handled + (signo == SIGUSR1); }

__attribute__((noinline)) static unsigned histogram(const unsigned char *text, unsigned length) {
  unsigned char seen[96] = {0};
  for (unsigned i = 0; i < length; i++) seen[text[i] % 96]++;
  unsigned sum = 0;
  for (unsigned i = 0; i < 96; i++) sum += seen[i] * (i + 1);
  return sum;
}

int main(int argc, char **argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 20000;
  unsigned char text[200];
  unsigned expected = 0;
  for (unsigned i = 0; i < sizeof text; i++) {
    text[i] = (unsigned char)(i * 7);
    expected += text[i] % 96 + 1;
  }
  signal(SIGUSR1, count);
  puts("ready");
  fflush(stdout);
  for (int round = 0; round < rounds; round++) {
    const unsigned sum = histogram(text, sizeof text);
    if (sum != expected) return printf("round %d: %u instead of %u\n", round, sum, expected), 1;
  }
  puts("right");
  return 0;
}
