/*
 * Is idle until a signal comes: an Emscripten program returns to its event loop, others (also main in a thread of its own) sleep. "ready", then
 * "handled N" for each SIGUSR1; SIGTERM kills it.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
#include <emscripten.h>
#endif

static int handled;

static void note(int signo) {
  (void)signo;
  printf("handled %d\n", ++handled);
  fflush(stdout);
}

int main(void) {
  signal(SIGUSR1, note);
  puts("ready");
  fflush(stdout);
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
  emscripten_exit_with_live_runtime();
#else
  for (;;) pause();
#endif
}
