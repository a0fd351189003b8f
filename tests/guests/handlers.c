/*
 * Says what arrives: "ready", then one line "NAME code=C pid=P value=V" for each signal, and "bye" at SIGQUIT. Computes meanwhile.
 * Handlers only note; the loop prints, so nothing is printed from the middle of printf().
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { KEPT = 4096 };

static struct {
  int signo, code, pid, value;
} seen[KEPT];
static volatile sig_atomic_t arrived;

static void note(int signo, siginfo_t *info, void *context) {
  (void)context;
  const int at = arrived % KEPT;
  seen[at].signo = signo;
  seen[at].code = info->si_code;
  seen[at].pid = info->si_pid;
  seen[at].value = info->si_value.sival_int;
  arrived = arrived + 1;
}

static void print_name(int signo) {
  static const struct {
    int signo;
    const char *name;
  } names[] = {{SIGINT, "SIGINT"},   {SIGTERM, "SIGTERM"}, {SIGUSR1, "SIGUSR1"},   {SIGUSR2, "SIGUSR2"},
               {SIGHUP, "SIGHUP"},   {SIGQUIT, "SIGQUIT"}, {SIGWINCH, "SIGWINCH"}, {SIGCONT, "SIGCONT"}};
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; ++i) {
    if (names[i].signo == signo) {
      fputs(names[i].name, stdout);
      return;
    }
  }
  printf("SIGRTMIN+%d", signo - SIGRTMIN);
}

int main(void) {
  static const int standard[] = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGHUP, SIGQUIT, SIGWINCH, SIGCONT};
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = note;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigfillset(&action.sa_mask);
  for (unsigned i = 0; i < sizeof standard / sizeof standard[0]; ++i) sigaction(standard[i], &action, NULL);
  for (int signo = SIGRTMIN; signo <= SIGRTMAX; ++signo) sigaction(signo, &action, NULL);
  puts("ready");
  fflush(stdout);
  for (int printed = 0;;) {
    if (printed == arrived) continue;
    const int at = printed++ % KEPT;
    print_name(seen[at].signo);
    printf(" code=%d pid=%d value=%d\n", seen[at].code, seen[at].pid, seen[at].value);
    fflush(stdout);
    if (seen[at].signo == SIGQUIT) {
      puts("bye");
      return 0;
    }
  }
}
