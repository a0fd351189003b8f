/*
 * Starts the `signal` module in the edition of its argument, "host" (the default), "documented" or "extended", and prints which it has: pthread_kill is on both
 * wasm targets in the extended one only.
 */
#include <stdio.h>
#include <string.h>

#include <wasmsig/wasmsig.h>

int main(int argc, char **argv) {
  const char *const wanted = argc > 1 ? argv[1] : "host";
  wsig_config config = {.size = sizeof config};
  config.edition = !strcmp(wanted, "documented") ? WSIG_EDITION_DOCUMENTED : !strcmp(wanted, "extended") ? WSIG_EDITION_EXTENDED : WSIG_EDITION_HOST;
  if (wsig_init(&config) < 0) return 1;
  puts(wsig_has("pthread_kill") ? "extended" : "documented");
  return wsig_finalize() < 0;
}
