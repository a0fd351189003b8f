/*
 * Writes to standard output, and tells on standard error what came of it. It opens and reads nothing, so emcc leaves out the file system; writer_files.c has it.
 *
 *   ignored   SIGPIPE is ignored: writes until a write fails
 *   caught    likewise with a handler, which must have run when the write returns
 *   default   writes until SIGPIPE ends it
 *   stdio     SIGPIPE is ignored: prints until that fails
 *   bytes     a line, then part of another one and a byte 0 in two vectors; then it is killed, so nothing is written at its end
 *   closed    writes to descriptors that are not open for it
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static volatile sig_atomic_t caught;

static void count(int signo) {
  (void)signo;
  caught = caught + 1;
}

static const char *name_of(int error) { return error == EPIPE ? "EPIPE" : error == EBADF ? "EBADF" : error == EINTR ? "EINTR" : error == 0 ? "no error" : "another error"; }

int main(int argc, char **argv) {
  const char *const how = argc > 1 ? argv[1] : "";
#ifdef WITH_FILES
  FILE *const file = fopen("/dev/null", "r");
  if (file) fclose(file);
#endif
  signal(SIGPIPE, !strcmp(how, "caught") ? count : !strcmp(how, "default") ? SIG_DFL : SIG_IGN);
  if (!strcmp(how, "bytes")) {
    const struct iovec vectors[] = {{(void *)"part", 4}, {(void *)"", 0}, {(void *)"\0of", 3}};
    if (write(1, "line\n", 5) != 5 || writev(1, vectors, 3) != 7) return 1;
    raise(SIGKILL);
  }
  if (!strcmp(how, "closed")) {
    for (int fd = 3; fd <= 5; fd++) {
      errno = 0;
      fprintf(stderr, "%d", (int)write(fd, "x", 1));
      fprintf(stderr, " %s\n", name_of(errno));
    }
    return 0;
  }
  if (!strcmp(how, "stdio")) {
    while (puts("y") >= 0) continue;
  } else {
    while (write(1, "y\n", 2) == 2) continue;
  }
  fprintf(stderr, "%s, caught %d\n", name_of(errno), (int)caught);
  return 0;
}
