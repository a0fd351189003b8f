// psignal() and psiginfo(): the only use of stdio in the library, and linked only into programs that call them.
#include <stdio.h>
#include <string.h>

#include "posix/convert.hpp"

namespace {

void print(int signo, const char* prefix) {
  const int kept = errno;
  if (prefix && *prefix) {
    fprintf(stderr, "%s: %s\n", prefix, strsignal(signo));
  } else {
    fprintf(stderr, "%s\n", strsignal(signo));
  }
  errno = kept;
}

}  // namespace

extern "C" {

void psignal(int signo, const char* prefix) { print(signo, prefix); }
void psiginfo(const siginfo_t* info, const char* prefix) { print(info->si_signo, prefix); }

}  // extern "C"
