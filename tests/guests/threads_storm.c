/*
 * Threads start and end while a timer fires every 2 ms, and while they are sent signals; as often as the first argument says. Prints a line for each part.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks, came;
static int awake;

static void note(int signo) {
  if (signo == SIGALRM) ticks = ticks + 1;
  else came = came + 1;
}

static void *nothing(void *argument) { return argument; }

static void *until_it_came(void *unused) {
  while (!came) sched_yield();
  return unused;
}

static void *wait_for_usr2(void *unused) {
  sigset_t set;
  int signo;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  if (sigwait(&set, &signo) == 0 && signo == SIGUSR2) __atomic_fetch_add(&awake, 1, __ATOMIC_SEQ_CST);
  return unused;
}

int main(int argc, char **argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 50;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  sigaction(SIGUSR1, &action, NULL);
  const struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &often, NULL);

  pthread_t thread, threads[5];
  int wrong = 0;
  for (int i = 0; i < rounds; i++) {
    void *result;
    if (pthread_create(&thread, NULL, nothing, &i) || pthread_join(thread, &result) || result != &i) wrong++;
  }
  printf("started and ended, %d wrong\n", wrong);
  fflush(stdout);

  for (int i = 0; i < rounds; i++) {
    came = 0;
    if (pthread_create(&thread, NULL, until_it_came, NULL) || pthread_kill(thread, SIGUSR1) || pthread_join(thread, NULL)) wrong++;
  }
  printf("sent a signal at once, %d wrong\n", wrong);
  fflush(stdout);

  // It would end the process if one of them were taken for a thread that does not block it.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  for (int i = 0; i < rounds / 5; i++) {
    __atomic_store_n(&awake, 0, __ATOMIC_SEQ_CST);
    for (int k = 0; k < 5; k++) pthread_create(&threads[k], NULL, wait_for_usr2, NULL);
    while (__atomic_load_n(&awake, __ATOMIC_SEQ_CST) < 5) {
      kill(getpid(), SIGUSR2);
      sched_yield();
    }
    for (int k = 0; k < 5; k++) pthread_join(threads[k], NULL);
  }
  setitimer(ITIMER_REAL, &never, NULL);
  printf("waited for what all block, %s\n", ticks ? "the timer fired" : "without the timer");
  return 0;
}
