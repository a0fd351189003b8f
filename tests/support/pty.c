/*
 * pty COMMAND [ARGUMENT ...]: runs a command on a pseudo-terminal of its own, 80 by 24. Standard input is typed into it and what it shows is
 * copied to standard output. Descriptor 3 is told, a line each: "started PID", "stopped SIGNAL", "continued", and how it ended, as waitpid
 * says: "exited CODE" or "signaled SIGNAL". Ends when the command has ended and everything it wrote was copied.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, int number) {
  char line[64];
  const int length = snprintf(line, sizeof line, number < 0 ? "%s\n" : "%s %d\n", what, number);
  if (write(3, line, (size_t)length) < 0) _exit(1);
}

static int copy(int from, int to) {
  char data[4096];
  const ssize_t count = read(from, data, sizeof data);
  if (count < 0 && errno == EINTR) return 1;
  if (count <= 0) return 0;
  for (ssize_t done = 0; done < count;) {
    const ssize_t written = write(to, data + done, (size_t)(count - done));
    if (written < 0 && errno != EINTR) return 0;
    if (written > 0) done += written;
  }
  return 1;
}

/* 1 when the command has ended. */
static int report(pid_t child) {
  int status;
  while (waitpid(child, &status, WNOHANG | WUNTRACED | WCONTINUED) > 0) {
    if (WIFSTOPPED(status)) tell("stopped", WSTOPSIG(status));
    if (WIFCONTINUED(status)) tell("continued", -1);
    if (WIFEXITED(status)) return tell("exited", WEXITSTATUS(status)), 1;
    if (WIFSIGNALED(status)) return tell("signaled", WTERMSIG(status)), 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return fprintf(stderr, "usage: pty COMMAND [ARGUMENT ...]\n"), 2;
  struct winsize size;
  memset(&size, 0, sizeof size);
  size.ws_row = 24;
  size.ws_col = 80;
  int terminal;
  const pid_t child = forkpty(&terminal, NULL, NULL, &size);
  if (child < 0) return perror("pty"), 1;
  if (child == 0) {
    close(3);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  signal(SIGPIPE, SIG_IGN);
  tell("started", child);
  struct pollfd ends[2] = {{0, POLLIN, 0}, {terminal, POLLIN, 0}};
  int ended = 0;
  for (;;) {
    /* A terminal says nothing of the command's state, so that is looked for. */
    const int count = poll(ends, 2, ended ? 0 : 20);
    if (!ended) ended = report(child);
    if (count > 0 && (ends[1].revents & (POLLIN | POLLHUP | POLLERR)) && !copy(terminal, 1)) ends[1].fd = -1;
    if (count > 0 && (ends[0].revents & (POLLIN | POLLHUP | POLLERR)) && !copy(0, terminal)) ends[0].fd = -1;
    if (ended && (count <= 0 || ends[1].fd < 0)) return 0;
  }
}
