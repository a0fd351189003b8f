/*
 * What a program learns of its terminal: "isatty A B C" of the standard streams; "tcgetattr R" and "tcsetattr R", where R is 0 or the error; "window ROWS COLUMNS" as
 * TIOCGWINSZ says; or "none" for each of these that the C library does not have.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#if __has_include(<termios.h>)
#include <termios.h>
#endif

int main(void) {
  /* emcc leaves the file system out of a program that opens and reads nothing; its ioctl() then is always 0, and changes nothing. */
  close(open("/dev/null", O_RDONLY));
  printf("isatty %d %d %d\n", isatty(0), isatty(1), isatty(2));
#ifdef TCSANOW
  struct termios termios;
  memset(&termios, 0xa5, sizeof termios);
  printf("tcgetattr %s\n", tcgetattr(0, &termios) == 0 ? "0" : errno == ENOTTY ? "ENOTTY" : strerror(errno));
  printf("tcsetattr %s\n", tcsetattr(0, TCSANOW, &termios) == 0 ? "0" : errno == ENOTTY ? "ENOTTY" : strerror(errno));
#else
  printf("tcgetattr none\ntcsetattr none\n");
#endif
#ifdef TIOCGWINSZ
  struct winsize size;
  memset(&size, 0xa5, sizeof size);
  if (ioctl(1, TIOCGWINSZ, &size) == 0) printf("window %d %d\n", size.ws_row, size.ws_col);
  else printf("window %s\n", strerror(errno));
#else
  printf("window none\n");
#endif
  return 0;
}
