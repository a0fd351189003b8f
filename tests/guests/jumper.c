/*
 * Leaves a computation, a sleep and a read by a jump out of the handler of SIGINT: prints "loop", "sleep", "read" before each and "left loop" ...
 * after it, and "jumps N" at the end.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static sigjmp_buf out;
static volatile sig_atomic_t armed, jumps;

static void jump(int signo) {
  (void)signo;
  if (!armed) return;
  armed = 0;
  jumps = jumps + 1;
  siglongjmp(out, 1);
}

static void compute(void) {
  for (volatile unsigned long work = 0;; ++work) {
  }
}

static void wait_long(void) { sleep(1000); }

static void wait_for_input(void) {
  char data[16];
  while (read(0, data, sizeof data) >= 0) {
  }
}

int main(void) {
  static const struct {
    const char *name;
    void (*call)(void);
  } calls[] = {{"loop", compute}, {"sleep", wait_long}, {"read", wait_for_input}};
  struct sigaction action = {.sa_handler = jump};
  sigaction(SIGINT, &action, NULL);
  for (volatile unsigned i = 0; i < sizeof calls / sizeof calls[0]; ++i) {
    if (sigsetjmp(out, 1) == 0) {
      printf("%s\n", calls[i].name);
      fflush(stdout);
      armed = 1;
      calls[i].call();
    }
    printf("left %s\n", calls[i].name);
    fflush(stdout);
  }
  printf("jumps %d\n", (int)jumps);
  return 0;
}
