/*
 * What comes from outside of the command, as its argument says:
 *   "handle"   handlers for all signals that can be caught; "ready", then "SIGNO code=C pid=P" for each, and at SIGTERM the end
 *   "ending M" handles SIGUSR1 and ignores SIGINT, and has ended M ms after "ready"
 *   "count"    for each byte of its input says how many SIGUSR1 have been handled before
 *   "inherited" says what is ignored and what is blocked, and waits for signals: SIGUSR2 "alive", SIGTERM ends
 *   "deaf"     handles SIGINT and computes
 *   "timer W"  after SIGUSR1 sets its first timer, of 1 ms, and dies of that: while it computes ("busy"), sleeps ("idle") or reads ("read")
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t codes[65], pids[65], pending[65], handled;

static void note(int signo, siginfo_t *info, void *context) {
  (void)context;
  codes[signo] = info->si_code;
  pids[signo] = info->si_pid;
  pending[signo] = 1;
  handled = handled + 1;
}

static void catch(int signo) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = note;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction(signo, &action, NULL);
}

static void ready(void) {
  puts("ready");
  fflush(stdout);
}

static int handle(void) {
  for (int signo = 1; signo < 32; ++signo) {
    if (signo != SIGKILL && signo != SIGSTOP) catch(signo);
  }
  ready();
  for (;;) {
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &old);
    while (handled == 0) sigsuspend(&old);
    handled = 0;
    sigprocmask(SIG_SETMASK, &old, NULL);
    for (int signo = 1; signo < 32; ++signo) {
      if (!pending[signo]) continue;
      pending[signo] = 0;
      printf("%d code=%d pid=%d\n", signo, (int)codes[signo], (int)pids[signo]);
      fflush(stdout);
      if (signo == SIGTERM) return 0;
    }
  }
}

static int64_t now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int ending(int ms) {
  catch(SIGUSR1);
  signal(SIGINT, SIG_IGN);
  ready();
  const int64_t end = now_ms() + ms;
  while (now_ms() < end) usleep(1000);
  return 0;
}

static int count(void) {
  char byte;
  catch(SIGUSR1);
  ready();
  while (read(0, &byte, 1) == 1) {
    printf("%d\n", (int)handled);
    fflush(stdout);
  }
  return 0;
}

_Noreturn static void inherited(void) {
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, NULL, &blocked);
  for (int signo = 1; signo <= SIGRTMAX; ++signo) {
    struct sigaction action;
    if (sigaction(signo, NULL, &action) != 0) continue;
    if (action.sa_handler == SIG_IGN) printf("ignored %d\n", signo);
    if (sigismember(&blocked, signo) == 1) printf("blocked %d\n", signo);
  }
  catch(SIGUSR2);
  ready();
  for (;;) {
    while (!handled) usleep(1000);
    handled = 0;
    puts("alive");
    fflush(stdout);
  }
}

_Noreturn static void deaf(void) {
  volatile unsigned rounds = 0;
  catch(SIGINT);
  ready();
  for (;;) rounds = rounds + 1;
}

static int timer(const char *how) {
  volatile unsigned rounds = 0;
  char byte;
  const struct itimerval soon = {{0, 0}, {0, 1000}};
  catch(SIGUSR1);
  ready();
  while (!handled) rounds = rounds + (usleep(1000) == 0);
  setitimer(ITIMER_REAL, &soon, NULL);
  if (!strcmp(how, "idle")) pause();
  if (!strcmp(how, "read")) return (int)read(0, &byte, 1);
  for (;;) rounds = rounds + 1;
}

int main(int argc, char **argv) {
  const char *const what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "handle")) return handle();
  if (!strcmp(what, "ending")) return ending(argc > 2 ? atoi(argv[2]) : 0);
  if (!strcmp(what, "count")) return count();
  if (!strcmp(what, "inherited")) inherited();
  if (!strcmp(what, "deaf")) deaf();
  if (!strcmp(what, "timer")) return timer(argc > 2 ? argv[2] : "");
  return 2;
}
