/*
 * Counts ticks of a 50 ms timer and prints "tick N". SIGTSTP has its default action unless the argument is "catch": then the handler says
 * "tstp", stops the process as an editor does, and says "cont" when it goes on. SIGCONT says "continued". Ends at SIGTERM by default.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks;

static void say(const char *text) {
  const ssize_t ignored = write(1, text, strlen(text));
  (void)ignored;
}

static void tick(int signo) {
  (void)signo;
  ticks = ticks + 1;
}

static void go_on(int signo) {
  (void)signo;
  say("continued\n");
}

static void stop(int signo) {
  say("tstp\n");
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signo);
  signal(signo, SIG_DFL);
  raise(signo);
  sigprocmask(SIG_UNBLOCK, &set, NULL); /* it stops here */
  signal(signo, stop);
  say("cont\n");
}

int main(int argc, char **argv) {
  signal(SIGALRM, tick);
  signal(SIGCONT, go_on);
  if (argc > 1 && !strcmp(argv[1], "catch")) signal(SIGTSTP, stop);
  const struct itimerval timer = {{0, 50000}, {0, 50000}};
  setitimer(ITIMER_REAL, &timer, NULL);
  puts("ready");
  fflush(stdout);
  for (int printed = 0;;) {
    if (printed == ticks) continue;
    printed = ticks;
    printf("tick %d\n", printed);
    fflush(stdout);
  }
}
