/* What <signal.h> says, in rows: signal_header.c makes them, signal_header_test.cpp compares them. */
#ifndef SIGNAL_HEADER_H
#define SIGNAL_HEADER_H

struct signal_header_row {
  const char* name; /* of a macro, or a type, or a member; null: the end */
  long long value;
};

#ifdef __cplusplus
extern "C" {
#endif

extern const struct signal_header_row signal_header_ours[], signal_header_theirs[];

#ifdef __cplusplus
}
#endif

#endif
