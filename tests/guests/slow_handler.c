/*
 * A handler for SIGINT that computes for about a second ("in", then "out"), while a second ^C may come: it must wait its turn and then run
 * too, once however often it came. SIGTERM during the handler interrupts it ("term"). Ends with "runs=N" at SIGQUIT.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t runs, quit;

static void say(const char *text) {
  const ssize_t ignored = write(1, text, strlen(text));
  (void)ignored;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void slow(int signo) {
  (void)signo;
  say("in\n");
  const double end = now() + 1;
  while (now() < end) {
  }
  runs = runs + 1;
  say("out\n");
}

static void term(int signo) {
  (void)signo;
  say("term\n");
}

static void end(int signo) { quit = signo; }

int main(void) {
  signal(SIGINT, slow);
  signal(SIGTERM, term);
  signal(SIGQUIT, end);
  say("ready\n");
  while (!quit) {
  }
  printf("runs=%d\n", (int)runs);
  return 0;
}
