/*
 * A prompt, as interpreters have it: "> ", then for each line "line N: TEXT". ^C gives up what was typed: "interrupted". The end of the file is one of
 * a read only: "end N", and after clearerr() it reads on; the third one ends the program. With the argument "read" it reads by read(2), without the C library's
 * buffer, six bytes at a time. Natively it shows what a terminal of Linux does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void note(int signo) {
  (void)signo;
}

/* As fgets(3), with errno EINTR or 0 for the end of the file where it gives NULL. */
static char *get(char *line, int size, int by_read) {
  errno = 0;
  if (!by_read) return fgets(line, size, stdin);
  const ssize_t count = read(0, line, 6);
  if (count <= 0) return NULL;
  line[count] = 0;
  return line;
}

int main(int argc, char **argv) {
  const int by_read = argc > 1 && strcmp(argv[1], "read") == 0;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = note;
  sigaction(SIGINT, &action, NULL);
  for (int ends = 0, lines = 0; ends < 3;) {
    char line[64];
    printf("> ");
    fflush(stdout);
    if (get(line, sizeof line, by_read)) {
      printf("line %d: %s%s", ++lines, line, strchr(line, '\n') ? "" : "|\n");
    } else if (errno == EINTR) {
      printf("interrupted\n");
    } else if (errno == 0) {
      printf("end %d\n", ++ends);
    } else {
      return perror("prompt"), 1;
    }
    clearerr(stdin);
  }
  return 0;
}
