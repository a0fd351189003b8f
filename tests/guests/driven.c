/*
 * Does what its argument says, step by step, and tells what signals did to it (tests/judges/parity, mode host). Words:
 *
 *   hN,F,MASK  handles signal N; F: r SA_RESTART, n SA_NODEFER, - neither     iN ignores it     dN its default action
 *   bMASK uMASK  blocks, unblocks; masks are hexadecimal, bit N-1 for signal N
 *
 * and states, each of which is one step: "at STEP", what happens, "done STEP ...".
 *
 *   c  computes   s  nanosleep()   p  pause()   kMASK  sigsuspend()   wMASK  sigwaitinfo(), with MASK blocked before   r  read()
 *      until signal 64 has come with a value that is at least the step
 *   f  read() until there is something, and says how often it failed with EINTR; F does not say it
 *
 * Signal 64 is handled and in no trace, so it may come more than once.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LAST = 64, MARK = 64 };

static volatile sig_atomic_t mark;

/* One line, by one write(): a handler may come in between two lines, not into one. */
struct line {
  char text[160];
  size_t length;
};

static void add(struct line *line, const char *text) {
  for (; *text && line->length < sizeof line->text; text++) line->text[line->length++] = *text;
}

static void add_number(struct line *line, uint64_t number, unsigned base) {
  char digits[24];
  char *at = digits + sizeof digits;
  *--at = 0;
  do *--at = "0123456789abcdef"[number % base];
  while (number /= base);
  add(line, at);
}

static void add_info(struct line *line, const siginfo_t *info) {
  add(line, " ");
  add_number(line, (uint64_t)info->si_signo, 10);
  add(line, info->si_code == SI_QUEUE ? " queued " : info->si_code == SI_USER ? " sent " : " otherwise ");
  add_number(line, info->si_code == SI_QUEUE ? (uint64_t)(unsigned)info->si_value.sival_int : 0, 10);
}

static uint64_t bits_of(const sigset_t *set) {
  uint64_t bits = 0;
  for (int signo = 1; signo < LAST; signo++) {
    if (sigismember(set, signo) == 1) bits |= (uint64_t)1 << (signo - 1);
  }
  return bits;
}

static sigset_t set_of(uint64_t bits) {
  sigset_t set;
  sigemptyset(&set);
  for (int signo = 1; signo <= LAST; signo++) {
    if (bits >> (signo - 1) & 1) sigaddset(&set, signo);
  }
  return set;
}

static uint64_t blocked(void) {
  sigset_t present;
  sigprocmask(SIG_BLOCK, NULL, &present);
  return bits_of(&present);
}

static void say(struct line *line) {
  add(line, "\n");
  if (write(1, line->text, line->length) != (ssize_t)line->length) _exit(3);
}

static void handle(int signo, siginfo_t *info, void *context) {
  (void)signo;
  (void)context;
  const int kept = errno;
  struct line line = {.length = 0};
  add(&line, "handles");
  add_info(&line, info);
  add(&line, " blocked ");
  add_number(&line, blocked(), 16);
  say(&line);
  errno = kept;
}

static void marked(int signo, siginfo_t *info, void *context) {
  (void)signo;
  (void)context;
  if (info->si_value.sival_int > mark) mark = info->si_value.sival_int;
}

static void install(int signo, void (*handler)(int, siginfo_t *, void *), int flags, uint64_t mask) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  action.sa_mask = set_of(mask);
  sigaction(signo, &action, NULL);
}

static void configure(const char *word) {
  char *rest;
  if (word[0] == 'b' || word[0] == 'u') {
    const sigset_t set = set_of(strtoull(word + 1, NULL, 16));
    sigprocmask(word[0] == 'b' ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
    return;
  }
  const int signo = (int)strtol(word + 1, &rest, 10);
  if (word[0] == 'h') install(signo, handle, rest[1] == 'r' ? SA_RESTART : rest[1] == 'n' ? SA_NODEFER : 0, strtoull(rest + 3, NULL, 16));
  else signal(signo, word[0] == 'i' ? SIG_IGN : SIG_DFL);
}

/* Also what the mask of a handler has blocked. */
static void suspend(const sigset_t *set, uint64_t bits) {
  sigset_t waiting;
  do {
    sigsuspend(set);
    sigpending(&waiting);
  } while (bits_of(&waiting) & ~bits);
}

static void await_mark(int step, char state, uint64_t bits) {
  const sigset_t set = set_of(bits);
  const struct timespec long_time = {600, 0};
  char byte;
  volatile unsigned sum = 0;
  while (mark < step) {
    switch (state) {
      case 'c': sum = sum * 3 + 1; break;
      case 's': nanosleep(&long_time, NULL); break;
      case 'p': pause(); break;
      case 'k': suspend(&set, bits); break;
      case 'r':
        if (read(0, &byte, 1) >= 0) _exit(4);
        break;
      default: {
        siginfo_t info;
        if (sigwaitinfo(&set, &info) < 0) break;
        if (info.si_signo == MARK) {
          marked(MARK, &info, NULL);
        } else {
          struct line line = {.length = 0};
          add(&line, "takes");
          add_info(&line, &info);
          say(&line);
        }
      }
    }
  }
}

static int read_some(void) {
  int interrupted = 0;
  char byte;
  while (read(0, &byte, 1) != 1) {
    if (errno != EINTR) _exit(5);
    interrupted++;
  }
  return interrupted;
}

static void run_step(int step, const char *word) {
  const char state = word[0];
  uint64_t bits = strtoull(word + 1, NULL, 16);
  sigset_t before, during;
  sigprocmask(SIG_BLOCK, NULL, &before);
  if (state == 'k') {
    during = set_of(~(uint64_t)0); /* so that nothing comes before it waits */
    sigprocmask(SIG_BLOCK, &during, NULL);
  }
  if (state == 'w') {
    bits |= (uint64_t)1 << (MARK - 1);
    during = set_of(bits);
    sigprocmask(SIG_BLOCK, &during, NULL);
  }
  const int reads_some = state == 'f' || state == 'F';
  install(MARK, marked, reads_some ? SA_RESTART : 0, 0);
  struct line line = {.length = 0};
  add(&line, "at ");
  add_number(&line, (uint64_t)step, 10);
  say(&line);
  int interrupted = 0;
  if (reads_some) interrupted = read_some();
  else await_mark(step, state, bits);
  sigprocmask(SIG_SETMASK, &before, NULL);
  sigset_t waiting;
  sigpending(&waiting);
  line.length = 0;
  add(&line, "done ");
  add_number(&line, (uint64_t)step, 10);
  add(&line, " blocked ");
  add_number(&line, blocked(), 16);
  add(&line, " pending ");
  add_number(&line, bits_of(&waiting), 16);
  if (state == 'f') {
    add(&line, " EINTR ");
    add_number(&line, (uint64_t)interrupted, 10);
  }
  say(&line);
}

int main(int argc, char **argv) {
  install(MARK, marked, 0, 0);
  const sigset_t only_mark = set_of((uint64_t)1 << (MARK - 1));
  sigprocmask(SIG_UNBLOCK, &only_mark, NULL);
  int step = 0;
  for (int i = 1; i < argc; i++) {
    if (strchr("hidbu", argv[i][0])) configure(argv[i]);
    else run_step(++step, argv[i]);
  }
  return 0;
}
