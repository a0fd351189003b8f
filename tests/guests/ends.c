/*
 * Ends as its argument says: "exit N", "return N", "abort", "raise N", "kill N" (itself), "trap", "ignore-abort" (abort() with SIGABRT ignored),
 * "catch-abort" (the handler returns), "catch-trap" (the same), "blocked N" (sends itself a blocked signal, says "pending", unblocks it).
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note(int signo) {
  printf("caught %d\n", signo);
  fflush(stdout);
}

int main(int argc, char **argv) {
  const char *const how = argc > 1 ? argv[1] : "return";
  const int number = argc > 2 ? atoi(argv[2]) : 0;
  puts("ready");
  fflush(stdout);
  if (!strcmp(how, "return")) return number;
  if (!strcmp(how, "exit")) exit(number);
  if (!strcmp(how, "abort")) abort();
  if (!strcmp(how, "raise")) raise(number);
  if (!strcmp(how, "kill")) kill(getpid(), number);
  if (!strcmp(how, "trap")) __builtin_trap();
  if (!strcmp(how, "ignore-abort")) {
    signal(SIGABRT, SIG_IGN);
    abort();
  }
  if (!strcmp(how, "catch-abort")) {
    signal(SIGABRT, note);
    abort();
  }
  if (!strcmp(how, "catch-trap")) {
    signal(SIGILL, note);
    __builtin_trap();
  }
  if (!strcmp(how, "blocked")) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(number);
    puts("pending");
    fflush(stdout);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
  }
  puts("alive");
  return 0;
}
