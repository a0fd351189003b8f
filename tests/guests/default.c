/* Default dispositions: says that it is ready and computes for ever. */
#include <stdio.h>

int main(void) {
  puts("ready");
  fflush(stdout);
  for (volatile unsigned long count = 0;; ++count) {
  }
}
