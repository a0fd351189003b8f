// Calls that block: what a signal does to them. It prints what each answered; the same source runs natively.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t handled;

static void on_alarm(int signo) {
  (void)signo;
  handled++;
  write(2, "alarm\n", 6);
}

static const char* error_name(void) {
  switch (errno) {
    case EINTR: return "EINTR";
    case EAGAIN: return "EAGAIN";
    case EPIPE: return "EPIPE";
    case ENXIO: return "ENXIO";
    default: return strerror(errno);
  }
}

static void say(const char* what, long result) {
  if (result < 0) {
    fprintf(stderr, "%s: %s, handled %d\n", what, error_name(), (int)handled);
  } else {
    fprintf(stderr, "%s: %ld, handled %d\n", what, result, (int)handled);
  }
}

static int opened(const char* what, const char* path, int flags) {
  const int fd = open(path, flags);
  say(what, fd < 0 ? fd : 0);
  return fd;
}

static void catch_alarm(int flags) {
  struct sigaction action = {0};
  action.sa_handler = on_alarm;
  action.sa_flags = flags;
  sigaction(SIGALRM, &action, 0);
}

static void say_flags(const char* what, int fd) {
  const int flags = fcntl(fd, F_GETFL);
  fprintf(stderr, "%s:%s%s\n", what, flags & O_NONBLOCK ? " nonblock" : "", flags & O_APPEND ? " append" : "");
}

int main(int argc, char** argv) {
  static char buffer[1 << 20];
  const char* mode = argc > 1 ? argv[1] : "";
  const char* path = argc > 2 ? argv[2] : "fifo";
  const char* how = argc > 3 ? argv[3] : "";
  catch_alarm(!strcmp(how, "restart") ? SA_RESTART : 0);
  if (!strcmp(how, "ignore")) signal(SIGPIPE, SIG_IGN);
  fprintf(stderr, "ready\n");
  if (!strcmp(mode, "open-read") || !strcmp(mode, "open-write")) {
    alarm(1);
    const int fd = opened("open", path, !strcmp(mode, "open-read") ? O_RDONLY : O_WRONLY);
    if (fd < 0) return 0;
    if (!strcmp(mode, "open-write")) {
      say("write", write(fd, "hello", 5));
    } else {
      for (long n = 1; n > 0;) say("read", n = read(fd, buffer, 100));
    }
  } else if (!strcmp(mode, "read")) {
    const int fd = opened("open", path, O_RDWR);
    alarm(1);
    say("read", read(fd, buffer, 100));
  } else if (!strcmp(mode, "fill")) {
    const int fd = opened("open", path, O_RDWR);
    alarm(1);
    say("write", write(fd, buffer, sizeof buffer));
    alarm(1);
    say("write", write(fd, buffer, sizeof buffer));
  } else if (!strcmp(mode, "fill-output")) {
    alarm(1);
    say("write", write(1, buffer, sizeof buffer));
    alarm(1);
    say("write", write(1, buffer, sizeof buffer));
  } else if (!strcmp(mode, "output")) {
    say("write", write(1, buffer, sizeof buffer));
  } else if (!strcmp(mode, "flags")) {
    const int fd = open(path, O_RDWR | O_NONBLOCK);
    say_flags("fifo", fd);
    say("read", read(fd, buffer, 1));
    say("write", write(fd, "x", 1));
    say("read", read(fd, buffer, 1));
    fcntl(fd, F_SETFL, 0);
    say_flags("fifo", fd);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    say_flags("fifo", fd);
    say("read", read(fd, buffer, 1));
    close(fd);
    const int file = open("file", O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK, 0600);
    say_flags("file", file);
    fcntl(file, F_SETFL, 0);
    say_flags("file", file);
    fcntl(file, F_SETFL, O_APPEND);
    say_flags("file", file);
    close(file);
    opened("no reader", path, O_WRONLY | O_NONBLOCK);
    say_flags("input", 0);
    fcntl(0, F_SETFL, O_NONBLOCK);
    say_flags("input", 0);
    say("input", read(0, buffer, 100));
  } else if (!strcmp(mode, "output-flags")) {
    say_flags("output", 1);
    fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
    long n, sum = 0;
    while ((n = write(1, buffer, sizeof buffer)) > 0) sum += n;
    say("last", n);
    fprintf(stderr, sum > 0 ? "some\n" : "none\n");
  } else if (!strcmp(mode, "poll")) {
    struct pollfd one = {.fd = opened("open", path, O_RDWR), .events = POLLIN};
    say("poll", poll(&one, 1, 0));
    say("poll", poll(&one, 1, 50));
    alarm(1);
    say("poll", poll(&one, 1, -1));
    write(one.fd, "x", 1);
    say("poll", poll(&one, 1, -1));
    one.events = POLLOUT;
    say("poll", poll(&one, 1, -1));
    fcntl(one.fd, F_SETFL, O_NONBLOCK);
    while (write(one.fd, buffer, sizeof buffer) > 0) {}
    say("poll", poll(&one, 1, 50));
    alarm(1);
    say("poll", poll(&one, 1, -1));
  } else if (!strcmp(mode, "given")) {
    alarm(1);
    say("read", read(0, buffer, 100));
    alarm(1);
    say("write", write(1, buffer, sizeof buffer));
    alarm(1);
    say("write", write(1, buffer, sizeof buffer));
    say_flags("input", 0);
    fcntl(0, F_SETFL, O_NONBLOCK);
    say_flags("input", 0);
    say("read", read(0, buffer, 100));
  } else if (!strcmp(mode, "output-append")) {
    say_flags("output", 1);
  } else if (!strcmp(mode, "input-now")) {
    fcntl(0, F_SETFL, O_NONBLOCK);
    say("input", read(0, buffer, 100));
    say("input", read(0, buffer, 100));
  } else if (!strcmp(mode, "lines")) {
    for (int i = 0; i < 100000; i++) {
      if (printf("line %d\n", i) >= 0) continue;
      say("printf", -1);
      return 1;
    }
  }
  return 0;
}
