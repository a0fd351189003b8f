/* wasmsig.h is C11 without warnings, and a C program can use every shape in it. Compiled with -Wall -Wextra -pedantic; run by
 * header_test.cpp. */
#include "wasmsig/wasmsig.h"

_Static_assert(offsetof(wsig_config, size) == 0, "structs that callers fill start with their size");
_Static_assert(offsetof(wsig_action, size) == 0, "structs that callers fill start with their size");
_Static_assert(offsetof(wsig_error, size) == 0, "structs that callers fill start with their size");
_Static_assert(offsetof(wsig_siginfo, size) == 0, "structs that callers fill start with their size");
_Static_assert(offsetof(wsig_name, size) == 0, "structs that callers fill start with their size");

static int handled;

static int count(int signum, void* frame, void* data) {
  (void)frame;
  *(int*)data += signum;
  return 0;
}

int header_c11_main(void);
int header_c11_main(void) {
  wsig_config config = {0};
  wsig_action action = wsig_callable(count, &handled), previous = wsig_default();
  int index;
  config.size = sizeof config;
  handled = 0;
  if (wsig_init(&config) != 0) return 1;
  if (wsig_signal(WSIG_SIGTERM, &action, &previous) != 0 || previous.kind != WSIG_ACTION_DEFAULT) return 2;
  if (wsig_set_interrupt(WSIG_SIGTERM) != 0) return 3;
  for (index = 0; index < 10; index++) {
    if (wsig_poll(NULL) != 0) return 4;
  }
  if (handled != WSIG_SIGTERM) return 5;
  action = wsig_ignore();
  if (wsig_signal(WSIG_SIGTERM, &action, NULL) != 0) return 6;
  action = wsig_default();
  if (wsig_signal(WSIG_SIGTERM, &action, NULL) != 0) return 7;
  return wsig_finalize() == 0 ? 0 : 8;
}
