/*
 * Two threads that signal each other with pthread_kill(): each handler run answers the other thread, 1,000 times (or as often as the first argument says). Meanwhile they sleep,
 * or compute if there is a second argument. The second one is sent SIGURG as soon as it is made. Prints "rounds N", then sleeps until SIGTERM, which only the main thread does not block: "ended by 15 in main".
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_t main_thread, other_thread;
static volatile sig_atomic_t rounds, strange, ended, early;
static int wanted = 1000, computes;
static volatile unsigned work[2];

static void answer(int signo) {
  const int in_main = pthread_equal(pthread_self(), main_thread) != 0;
  if (in_main != (signo == SIGUSR1)) strange = 1;
  if (in_main) rounds = rounds + 1;
  if (rounds < wanted) pthread_kill(in_main ? other_thread : main_thread, in_main ? SIGUSR2 : SIGUSR1);
}

static void note_early(int signo) {
  (void)signo;
  if (!pthread_equal(pthread_self(), main_thread)) early = early + 1;
}

static void end(int signo) { ended = pthread_equal(pthread_self(), main_thread) ? signo : -signo; }

static void until_done(volatile unsigned *mine) {
  while (rounds < wanted) {
    if (computes) {
      *mine = *mine * 1664525u + 1013904223u;
    } else {
      usleep(1000);
    }
  }
}

static void *run(void *unused) {
  (void)unused;
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &mask, NULL);
  pthread_kill(main_thread, SIGUSR1);
  until_done(&work[1]);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc > 1) wanted = atoi(argv[1]);
  computes = argc > 2;
  main_thread = pthread_self();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = answer;
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  action.sa_handler = note_early;
  sigaction(SIGURG, &action, NULL);
  action.sa_handler = end;
  sigaction(SIGTERM, &action, NULL);
  if (pthread_create(&other_thread, NULL, run, NULL)) return 2;
  if (pthread_kill(other_thread, SIGURG)) return 3;
  until_done(&work[0]);
  pthread_join(other_thread, NULL);
  printf("rounds %d%s%s\n", (int)rounds, strange ? ", some in the wrong thread" : "", early == 1 ? "" : ", SIGURG lost");
  fflush(stdout);
  while (!ended) usleep(1000);
  printf("ended by %d in %s\n", abs((int)ended), ended > 0 ? "main" : "the other");
  return 0;
}
