/*
 * Who handles what the process is sent: main if it can (Linux, complete_signal). And a thread function without a prototype.
 * Prints how many of 20 signals main handled: at first, and after it had blocked one that the other thread then handled; and whether a signal that was ignored when it was sent came later.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_t main_thread;
static volatile sig_atomic_t in_main, elsewhere, ready;

static void count(int signo) {
  (void)signo;
  if (pthread_equal(pthread_self(), main_thread)) in_main = in_main + 1;
  else elsewhere = elsewhere + 1;
}

static void *other() {
  ready = 1;
  while (ready < 2) usleep(1000);
  kill(getpid(), SIGUSR2);
  ready = 3;
  while (ready < 4) usleep(1000);
  return "ended";
}

static int twenty(void) {
  const int before = in_main;
  for (int i = 0; i < 20; i++) kill(getpid(), SIGUSR1);
  return in_main - before;
}

int main(void) {
  main_thread = pthread_self();
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = count;
  sigaction(SIGUSR1, &action, NULL);
  pthread_t thread;
  if (pthread_create(&thread, NULL, (void *(*)(void *))(void *)other, NULL)) return 2;
  while (!ready) sched_yield();
  const int first = twenty();
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  kill(getpid(), SIGUSR1);
  while (!elsewhere) sched_yield();
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  const int second = twenty();

  signal(SIGUSR2, SIG_IGN);
  ready = 2;
  while (ready < 3) sched_yield();
  const int before = in_main + elsewhere;
  sigaction(SIGUSR2, &action, NULL);
  const int late = in_main + elsewhere - before;
  ready = 4;
  void *result;
  pthread_join(thread, &result);
  printf("main handled %d, and then %d; %d came late; the other %s\n", first, second, late, (const char *)result);
  return 0;
}
