// Signal sets. Like musl and glibc, the signals that belong to the C library (32 .. 34) cannot be put in.
#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

bool allowed(int signo) { return valid_signal(signo) && !reserved_signal(signo); }

}  // namespace

extern "C" {

int sigemptyset(sigset_t* set) {
  *set = {};
  return 0;
}

int sigfillset(sigset_t* set) {
  *set = {};
  store(set, SignalSet::all() - kReserved);
  return 0;
}

int sigaddset(sigset_t* set, int signo) {
  if (!allowed(signo)) return fail(EINVAL);
  store(set, from(*set) | SignalSet::of(signo));
  return 0;
}

int sigdelset(sigset_t* set, int signo) {
  if (!allowed(signo)) return fail(EINVAL);
  store(set, from(*set) - SignalSet::of(signo));
  return 0;
}

int sigismember(const sigset_t* set, int signo) {
  if (!valid_signal(signo)) return fail(EINVAL);
  return from(*set).has(signo);
}

int sigisemptyset(const sigset_t* set) { return from(*set).empty(); }

int sigorset(sigset_t* to, const sigset_t* left, const sigset_t* right) {
  store(to, from(*left) | from(*right));
  return 0;
}

int sigandset(sigset_t* to, const sigset_t* left, const sigset_t* right) {
  store(to, from(*left) & from(*right));
  return 0;
}

int __libc_current_sigrtmin(void) { return kRealTimeMin; }
int __libc_current_sigrtmax(void) { return kRealTimeMax; }

}  // extern "C"
