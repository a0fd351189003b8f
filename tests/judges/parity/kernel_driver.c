/*
 * Drives tests/guests/driven.c natively, as another process: the judge of mode host. Programs on standard input, what they did on standard output, separated by
 * lines of ---. A program:
 *
 *   start IGNORED BLOCKED     hexadecimal: what it starts with
 *   early SENDS               before it has a handler, a mask or a line of its own code
 *   word WORD                 of its argument
 *   step SENDS                a signal, or several at once, and the mark
 *   read SENDS                likewise, and then input instead of the mark
 *   hold N SENDS              it is stopped by signal N, sent these, and continued
 *   many SENDS                by as many processes as the sends name; "many N SENDS" holds it meanwhile
 *   end
 *
 * SENDS are words SIGNAL:VALUE:SENDER; without a value (-) by kill(), otherwise by sigqueue().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_WORDS = 200, MOST_STEPS = 64, SENDERS = 8, MARK = 64, LIMIT_S = 20, AGAIN_MS = 20 };

static char text[1 << 16];
static char *words[MOST_WORDS + 2], *steps[MOST_STEPS], *early;
static int word_count, step_count;
static uint64_t ignored, blocked_bits;
static pid_t guest;
static int to_guest, from_guest;
static char heard[1 << 16];
static size_t heard_length, told;
static time_t limit;

static void fail(const char *what) {
  perror(what);
  exit(2);
}

static sigset_t set_of(uint64_t bits) {
  sigset_t set;
  sigemptyset(&set);
  for (int signo = 1; signo <= 64; signo++) {
    if (bits >> (signo - 1) & 1) sigaddset(&set, signo);
  }
  return set;
}

static void send_one(int signo, int value) {
  const union sigval with = {.sival_int = value};
  if ((value < 0 ? kill(guest, signo) : sigqueue(guest, signo, with)) && errno != ESRCH) fail("send");
}

/* Those of one sender; -1: all. Returns the greatest number of a sender. */
static int send_all(const char *sends, int only) {
  int most = 0;
  for (int signo, length; sscanf(sends, " %d:%n", &signo, &length) == 1; sends += length) {
    const char *const rest = sends + length;
    int value = -1, sender;
    if (*rest == '-' ? sscanf(rest, "-:%d%n", &sender, &length) != 1 : sscanf(rest, "%d:%d%n", &value, &sender, &length) != 2) fail(rest);
    length += (int)(rest - sends);
    if (sender > most) most = sender;
    if (only == -1 || only == sender) send_one(signo, value);
  }
  return most;
}

static void send_by_many(const char *sends) {
  pid_t senders[SENDERS];
  int count = 0;
  for (int most = send_all(sends, SENDERS); count <= most; count++) {
    if ((senders[count] = fork()) < 0) fail("fork");
    if (senders[count] == 0) {
      send_all(sends, count);
      _exit(0);
    }
  }
  while (count-- > 0) waitpid(senders[count], NULL, 0);
}

/* The guest, until its standard output has a line that begins so. 0: it has ended, or the time is over. With a mark: sends that, again and again. */
static int hear(const char *line, int mark) {
  for (;;) {
    for (char *end; (end = memchr(heard + told, '\n', heard_length - told));) {
      const size_t from = told;
      told = (size_t)(end - heard) + 1;
      if (strncmp(heard + from, line, strlen(line)) == 0) return 1;
    }
    if (time(NULL) > limit || heard_length == sizeof heard) return 0;
    struct pollfd wanted = {from_guest, POLLIN, 0};
    if (mark) send_one(MARK, mark);
    if (poll(&wanted, 1, AGAIN_MS) <= 0) continue;
    const ssize_t got = read(from_guest, heard + heard_length, sizeof heard - heard_length);
    if (got <= 0) return 0;
    heard_length += (size_t)got;
  }
}

static int becomes_stopped(void) {
  for (int status; time(NULL) <= limit;) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)guest, &info, WSTOPPED | WEXITED | WNOWAIT | WNOHANG)) fail("waitid");
    if (info.si_pid == 0) {
      const struct timespec moment = {0, 50000};
      nanosleep(&moment, NULL);
      continue;
    }
    if (info.si_code != CLD_STOPPED) return 0;
    waitpid(guest, &status, WUNTRACED);
    return 1;
  }
  return 0;
}

static void start(const char *program) {
  int in[2], out[2], ready[2], go[2];
  if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(ready, O_CLOEXEC) || pipe2(go, O_CLOEXEC)) fail("pipe");
  if ((guest = fork()) < 0) fail("fork");
  if (guest == 0) {
    setpgid(0, 0); /* alone, and not orphaned: so that stops stop it */
    for (int signo = 1; signo <= 64; signo++) signal(signo, ignored >> (signo - 1) & 1 ? SIG_IGN : SIG_DFL);
    const sigset_t mask = set_of(blocked_bits);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    dup2(in[0], 0);
    dup2(out[1], 1);
    char byte = 'r';
    if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1) _exit(2);
    words[0] = (char *)program;
    words[1 + word_count] = NULL;
    execv(program, words);
    _exit(2);
  }
  close(in[0]), close(out[1]), close(ready[1]), close(go[0]);
  to_guest = in[1], from_guest = out[0];
  char byte;
  if (read(ready[0], &byte, 1) != 1) fail("the guest");
  if (early) send_all(early, -1);
  if (write(go[1], &byte, 1) != 1 && errno != EPIPE) fail("write");
  close(ready[0]), close(go[1]);
}

static int run_step(int number, const char *step) {
  char at[20], done[20];
  snprintf(at, sizeof at, "at %d\n", number);
  snprintf(done, sizeof done, "done %d ", number);
  if (!hear(at, 0)) return 0;
  int length = 0, stop = 0;
  const int many = strncmp(step, "many", 4) == 0, reads = strncmp(step, "read", 4) == 0;
  sscanf(step, "%*s%n", &length);
  const char *sends = step + length;
  if (strncmp(step, "hold", 4) == 0 || (many && sends[1] == '@')) {
    sscanf(sends, many ? " @%d%n" : " %d%n", &stop, &length);
    sends += length;
    send_one(stop, -1);
    if (!becomes_stopped()) return 0;
  }
  if (many) send_by_many(sends);
  else send_all(sends, -1);
  if (stop) send_one(SIGCONT, -1);
  if (reads && write(to_guest, "x", 1) != 1 && errno != EPIPE) fail("write");
  return hear(done, reads ? 0 : number);
}

static void run(const char *program) {
  heard_length = told = 0;
  limit = time(NULL) + LIMIT_S;
  start(program);
  int alive = 1;
  for (int i = 0; i < step_count && alive; i++) alive = run_step(i + 1, steps[i]);
  while (time(NULL) <= limit && hear("\n", 0)) continue; /* the rest */
  const int stuck = time(NULL) > limit;
  if (stuck) kill(guest, SIGKILL);
  int status;
  while (waitpid(guest, &status, 0) != guest) continue;
  close(to_guest), close(from_guest);
  fwrite(heard, 1, heard_length, stdout);
  if (stuck) puts("stuck");
  else if (WIFSIGNALED(status)) printf("killed %d\n", WTERMSIG(status));
  else printf("exit %d\n", WEXITSTATUS(status));
  puts("---");
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  signal(SIGPIPE, SIG_IGN);
  char *at = text;
  while (fgets(at, (int)(sizeof text - (size_t)(at - text)), stdin)) {
    at[strcspn(at, "\n")] = 0;
    char *const rest = strchr(at, ' ') ? strchr(at, ' ') + 1 : at;
    if (strncmp(at, "end", 3) == 0) {
      run(argv[1]);
      at = text;
      early = NULL;
      word_count = step_count = 0;
      continue;
    }
    if (strncmp(at, "start", 5) == 0) {
      char *end;
      ignored = strtoull(rest, &end, 16);
      blocked_bits = strtoull(end, NULL, 16);
    } else if (strncmp(at, "early", 5) == 0) {
      early = rest;
    } else if (strncmp(at, "word", 4) == 0) {
      words[1 + word_count++] = rest;
    } else {
      steps[step_count++] = at;
    }
    if (word_count == MOST_WORDS || step_count == MOST_STEPS) fail("too long");
    at += strlen(at) + 1;
  }
  return 0;
}
