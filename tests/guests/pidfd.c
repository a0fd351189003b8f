/*
 * Does with one descriptor of a process what each line of its input says, and prints how that went, "ok" or an error: "open PID" (0: itself, -1: its
 * parent), "send SIGNAL", "info SIGNAL CODE VALUE" (with a siginfo), "close", "poll" ("running" or "ended"), "wait" (until it has ended, says after
 * how many polls).
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>
#include <unistd.h>

static int descriptor = -1;

static void tell(int result) {
  const int error = errno;
  if (result >= 0) {
    puts("ok");
  } else {
    printf("%s\n", error == EBADF ? "EBADF" : error == EINVAL ? "EINVAL" : error == EPERM ? "EPERM" : error == ESRCH ? "ESRCH" : strerror(error));
  }
}

static int ended(int timeout_ms) {
  struct pollfd one = {.fd = descriptor, .events = POLLIN};
  return poll(&one, 1, timeout_ms) == 1 && one.revents == POLLIN;
}

int main(void) {
  char line[100];
  printf("ready %d\n", (int)getpid());
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    int signo = 0, code = 0, value = 0, polls = 1;
    if (sscanf(line, "open %d", &value) == 1) {
      descriptor = pidfd_open(value == 0 ? getpid() : value == -1 ? getppid() : value, 0);
      tell(descriptor);
    } else if (sscanf(line, "send %d", &signo) == 1) {
      tell(pidfd_send_signal(descriptor, signo, NULL, 0));
    } else if (sscanf(line, "info %d %d %d", &signo, &code, &value) == 3) {
      siginfo_t info = {.si_signo = signo, .si_code = code};
      info.si_pid = 4711;
      info.si_value.sival_int = value;
      tell(pidfd_send_signal(descriptor, signo, &info, 0));
    } else if (!strcmp(line, "close\n")) {
      tell(close(descriptor));
    } else if (!strcmp(line, "poll\n")) {
      puts(ended(0) ? "ended" : "running");
    } else if (!strcmp(line, "wait\n")) {
      puts("waiting");
      fflush(stdout);
      for (; !ended(-1); polls++) { /* Emscripten's poll() never waits */
        const struct timespec while_ = {0, 1000000};
        nanosleep(&while_, NULL);
      }
      printf("ended after %d\n", polls);
    } else {
      puts("what?");
    }
    fflush(stdout);
  }
  return 0;
}
