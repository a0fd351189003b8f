/*
 * Faults as its arguments say, with a handler that has a last call. The first: "unreachable", "division", "store", "call", "recursion", "conversion" (which is no fault
 * natively). The others: "exit" (the handler ends the program with 7), "default" (it raises the signal again, with its default action), "jump" (it jumps to main), "again"
 * (it faults itself), "blocked" (the signal is blocked), "ignored", "no handler"; without them the handler returns, once.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile int zero, seven = 7, *volatile nowhere;
static volatile float large = 1e30f;
static void (*volatile no_function)(int);
static const char *then = "";
static sigjmp_buf in_main;
static char stack[65536];

static int endless(int n) {
  volatile char room[64];
  room[n % 64] = (char)n;
  return seven ? endless(n + 1) + room[0] : 0;
}

static const char *name_of(int signo) {
  return signo == SIGILL ? "SIGILL" : signo == SIGFPE ? "SIGFPE" : signo == SIGSEGV ? "SIGSEGV" : "another";
}

static void fault(const char *how) {
  if (!strcmp(how, "unreachable")) __builtin_trap();
  if (!strcmp(how, "division")) zero = seven / zero;
  if (!strcmp(how, "store")) *nowhere = 1;
  if (!strcmp(how, "call")) no_function(zero);
  if (!strcmp(how, "recursion")) zero = endless(zero);
  if (!strcmp(how, "conversion")) zero = (int)large;
}

static void handler(int signo, siginfo_t *info, void *context) {
  (void)context;
  char here;
  stack_t now;
  sigaltstack(NULL, &now);
  char line[128];
  const int length = snprintf(line, sizeof line, "%s code=%d addr=%d stack=%d on=%d\n", name_of(signo), info->si_code, info->si_addr != NULL,
                              &here >= stack && &here < stack + sizeof stack, now.ss_flags == SS_ONSTACK);
  if (write(1, line, (size_t)length) != length) _exit(9);
  if (!strcmp(then, "exit")) exit(7);
  if (!strcmp(then, "jump")) siglongjmp(in_main, 1);
  if (!strcmp(then, "again")) fault("division");
  if (!strcmp(then, "default")) {
    signal(signo, SIG_DFL);
    raise(signo);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signo);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
  }
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  if (argc > 2) then = argv[2];
  nowhere = (volatile int *)0xfffffff0u;
  const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  if (!strcmp(then, "ignored")) action = (struct sigaction){.sa_handler = SIG_IGN};
  static const int faults[] = {SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
    sigaddset(&set, faults[i]);
    if (strcmp(then, "no handler")) sigaction(faults[i], &action, NULL);
  }
  if (!strcmp(then, "blocked")) sigprocmask(SIG_BLOCK, &set, NULL);
  if (sigsetjmp(in_main, 1)) {
    puts("jumped");
    return 3;
  }
  fault(argv[1]);
  puts("went on");
  return 0;
}
