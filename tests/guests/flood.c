/*
 * Is flooded with signals while it computes. Standard signals SIGUSR1, SIGUSR2: counts handler runs. Real-time signals: the value
 * counts up per sender (value = sender << 24 | number, up to 128 senders), so that a lost, doubled or reordered one is seen.
 * At SIGTERM, which is sent last, prints one line: "usr1=N usr2=N rt=N senders=N wrong=N". Exit 1 if wrong is not 0.
 * Argument: after SIGTERM it goes on until rt is this many (default 0), at most a minute.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SENDERS = 128 };

static volatile sig_atomic_t usr1, usr2, rt, wrong, ended;
static unsigned next_number[SENDERS];

static void count_standard(int signo) {
  if (signo == SIGUSR1) {
    usr1 = usr1 + 1;
  } else {
    usr2 = usr2 + 1;
  }
}

static void count_real_time(int signo, siginfo_t *info, void *context) {
  (void)signo;
  (void)context;
  const unsigned value = (unsigned)info->si_value.sival_int;
  const unsigned sender = value >> 24, number = value & 0xffffff;
  if (sender >= SENDERS || number != next_number[sender]) {
    wrong = wrong + 1;
  } else {
    next_number[sender] = number + 1;
  }
  rt = rt + 1;
}

static void end(int signo) { ended = signo; }

int main(int argc, char **argv) {
  const long wanted = argc > 1 ? atol(argv[1]) : 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = count_standard;
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  action.sa_handler = end;
  sigaction(SIGTERM, &action, NULL);
  action.sa_sigaction = count_real_time;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGRTMIN, &action, NULL);
  puts("ready");
  fflush(stdout);
  volatile unsigned long work = 0;
  /* Here no handler is running, nor set up: what is sent alone from now on does not coalesce. */
  for (int calm = 0; !ended; work = work + 1) {
    if (calm || rt < wanted) continue;
    calm = 1;
    puts("calm");
    fflush(stdout);
  }
  const time_t limit = time(NULL) + 60;
  while (rt < wanted && time(NULL) < limit) work = work + 1;
  int senders = 0;
  for (int i = 0; i < SENDERS; ++i) senders += next_number[i] != 0;
  printf("usr1=%d usr2=%d rt=%d senders=%d wrong=%d\n", (int)usr1, (int)usr2, (int)rt, senders, (int)wrong);
  return wrong != 0;
}
