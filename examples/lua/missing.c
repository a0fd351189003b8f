/* What Lua's standard library calls and wasi-libc does not have: these fail, as the C standard lets them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int system(const char *command) {
  if (!command) return 0; /* there is no command processor */
  errno = ENOSYS;
  return -1;
}

char *tmpnam(char *name) {
  (void)name;
  return NULL;
}

FILE *tmpfile(void) {
  errno = ENOSYS;
  return NULL;
}
