/* What ends a native program by a signal: which, says the first argument. In main, or with a second argument in another thread, while main waits for it. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int zero, seven = 7, *volatile nowhere;
static void *(*volatile no_function)(void *);

static int endless(int n) {
  volatile char room[64];
  room[n % 64] = (char)n;
  return seven ? endless(n + 1) + room[0] : 0;
}

static void *run(void *argument) {
  const char *how = argument;
  if (!strcmp(how, "unreachable")) __builtin_trap();
  if (!strcmp(how, "division")) zero = seven / zero;
  if (!strcmp(how, "store")) *nowhere = 1;
  if (!strcmp(how, "call")) no_function(argument);
  if (!strcmp(how, "recursion")) zero = endless(zero);
  if (!strcmp(how, "abort")) abort();
  return NULL;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  nowhere = (volatile int *)0xfffffff0u;
  if (argc == 2) {
    run(argv[1]);
  } else {
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, argv[1])) return 3;
    pthread_join(thread, NULL);
  }
  puts("went on");
  return 0;
}
