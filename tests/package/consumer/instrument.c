/* Somebody else's C program: it instruments a module that was not linked with libwasmsig. */
#include <stdio.h>
#include <wasmsig/instrument.h>

/* (module (func (loop (br 0)))) */
static const unsigned char endless[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4,    1,    0x60, 0,    0,   3,
                                        2, 1,   0,   10,  9, 1, 7, 0, 3, 0x40, 0x0c, 0,    0x0b, 0x0b};

int main(void) {
  size_t size = 0;
  struct wsig_instrumenter* session = wsig_instrument_open(endless, sizeof(endless), NULL);
  if (!session || !wsig_instrument_plan(session) || !wsig_instrument_emit(session, NULL, NULL)) {
    printf("%s\n", session ? wsig_instrument_message(session) : "no memory");
    return 1;
  }
  if (!wsig_instrument_output(session, &size) || size <= sizeof(endless)) return 2;
  wsig_instrument_close(session);
  session = wsig_instrument_open(endless, 4, NULL);
  printf("instrument: larger, then %s\n", session ? wsig_instrument_error(session) : "no memory");
  wsig_instrument_close(session);
  return 0;
}
