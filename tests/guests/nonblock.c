/*
 * O_NONBLOCK of standard input: tells the flags, reads nothing without waiting, then what comes (it waits by poll()), then waits in read() again after the flag is cleared, and
 * reads the end without it. Then the flags of files.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void tell_read(void) {
  char bytes[100];
  errno = 0;
  const ssize_t got = read(0, bytes, sizeof bytes);
  printf("read %d %s\n", (int)got, errno == EAGAIN ? "EAGAIN" : errno ? strerror(errno) : "");
}

static void tell_flags(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  printf("flags%s%s%s%s\n", fd > 0 && (flags & O_ACCMODE) == O_RDWR ? " rdwr" : "", flags & O_NONBLOCK ? " nonblock" : "", flags & O_APPEND ? " append" : "", flags & (O_CREAT | O_EXCL | O_TRUNC) ? " creation flags" : "");
}

static void wait_for_input(void) {
  struct pollfd one = {0, POLLIN, 0};
  if (poll(&one, 1, -1) != 1) printf("poll failed\n");
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  const int flags = fcntl(0, F_GETFL);
  tell_flags(0);
  if (fcntl(0, F_SETFL, flags | O_NONBLOCK)) return 1;
  tell_flags(0);
  tell_read();
  puts("ready");
  wait_for_input();
  tell_read();
  tell_read();
  if (fcntl(0, F_SETFL, flags)) return 1;
  tell_flags(0);
  puts("blocks");
  tell_read();
  if (fcntl(0, F_SETFL, flags | O_NONBLOCK)) return 1;
  puts("end?");
  wait_for_input();
  tell_read();
  const int fd = open("nonblock.tmp", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_NONBLOCK, 0600);
  unlink("nonblock.tmp");
  tell_flags(fd);
  fcntl(fd, F_SETFL, 0);
  tell_flags(fd);
  close(fd);
  return fcntl(fd, F_GETFL) != -1 || errno != EBADF;
}
