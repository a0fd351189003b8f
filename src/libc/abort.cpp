// abort() as POSIX has it: a caught SIGABRT may leave by a jump; any other way the process is killed by it.
#include <stdlib.h>

#include "libc/convert.hpp"

extern "C" _Noreturn void abort(void) {
  using namespace wasmsig;
  const SignalSet one = SignalSet::of(SIGABRT);
  process::set_mask(process::How::kUnblock, &one, nullptr);
  process::raise(SIGABRT);
  // Ignored, or its handler returned.
  const process::Action by_default;
  process::set_action(SIGABRT, &by_default, nullptr);
  process::set_mask(process::How::kUnblock, &one, nullptr);
  process::raise(SIGABRT);
  __builtin_trap();
}
