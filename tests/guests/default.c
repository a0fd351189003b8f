/* Default dispositions: says that it is ready and computes for ever; with an argument, until the alarm after a second. */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1) alarm(1);
  puts("ready");
  fflush(stdout);
  for (volatile unsigned long count = 0;; ++count) {
  }
}
