// Masks, pending signals, and calls that wait.
#include <errno.h>

#include "signal_module/fail.hpp"
#include "signal_module/names.hpp"
#include "signal_module/module_state.hpp"
#include "signal_module/itimers.hpp"

namespace wasmsig::signal_module {
namespace {

// An interpreter gives up its lock while a call may block. Also when a handler of the C library layer jumps out of the
// wait the token is lost; embedders that jump from handlers must not use these hooks.
class Blocking {
 public:
  Blocking() : token_(state.config.blocking_begin ? state.config.blocking_begin(state.config.hook_data) : nullptr) {}
  ~Blocking() {
    if (state.config.blocking_end) state.config.blocking_end(token_, state.config.hook_data);
  }
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

 private:
  void* token_;
};

// 0, or an error for the lowest bit that is no signal number here.
int check_set(const wsig_set& set) {
  const int limit = wsig_platform()->limit;
  if (limit >= 65) return 0;
  const uint64_t beyond = set.bits >> (limit - 1);
  return beyond ? fail_set_range(limit + __builtin_ctzll(beyond)) : 0;
}

// The number of the accepted signal; 0: the time is over; or an error. A negative time: no limit.
int wait(const wsig_set& set, int64_t timeout_ns, wsig_platform_signal* info) {
  if (const int error = check_set(set)) return error;
  const bool limited = timeout_ns >= 0;
  const int64_t now = wsig_platform_clock();
  const int64_t deadline = limited ? (timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns) : 0;
  for (;;) {
    int result;
    {
      const Blocking released;
      result = wsig_platform_wait(set.bits, timeout_ns, info);
    }
    if (result > 0) return result;
    if (limited && result == -EAGAIN) return 0;
    if (result != -EINTR) return fail_os(-result);
    if (const int error = run_handlers()) return error;
    if (!limited) continue;
    timeout_ns = deadline - wsig_platform_clock();
    if (timeout_ns < 0) return 0;
  }
}

void give(const wsig_platform_signal& from, wsig_siginfo* to) {
  to->signo = from.signo;
  to->code = from.code;
  to->error = from.error;
  to->pid = from.pid;
  to->uid = from.uid;
  to->status = from.status;
  to->band = from.band;
}

int check_size(const wsig_siginfo* info) {
  return info && info->size >= sizeof(wsig_siginfo) ? 0 : fail_value("wsig_siginfo.size is not set");
}

}  // namespace
}  // namespace wasmsig::signal_module

using namespace wasmsig::signal_module;

extern "C" {

int wsig_pthread_sigmask(int how, const wsig_set* set, wsig_set* previous) {
  if (const int error = require("pthread_sigmask")) return error;
  if (set) {
    if (const int error = check_set(*set)) return error;
  }
  uint64_t old = 0;
  if (const int error = wsig_platform_mask(how, set ? &set->bits : nullptr, &old)) return fail_os(-error);
  if (previous) previous->bits = old;
  return run_handlers();
}

int wsig_sigpending(wsig_set* set) {
  if (const int error = require("sigpending")) return error;
  wsig_platform_collect();
  const int error = wsig_platform_pending(&set->bits);
  return error ? fail_os(-error) : 0;
}

int wsig_pause(void) {
  if (const int error = require("pause")) return error;
  int result;
  {
    const Blocking released;
    result = wsig_platform_pause();
  }
  if (result != -EINTR) return fail_os(-result);
  return run_handlers();
}

int wsig_sigwait(const wsig_set* set, int* signum) {
  if (const int error = require("sigwait")) return error;
  wsig_platform_signal info;
  const int result = wait(*set, -1, &info);
  if (result < 0) return result;
  *signum = result;
  return 0;
}

int wsig_sigwaitinfo(const wsig_set* set, wsig_siginfo* info) {
  if (const int error = require("sigwaitinfo")) return error;
  if (const int error = check_size(info)) return error;
  wsig_platform_signal accepted;
  const int result = wait(*set, -1, &accepted);
  if (result < 0) return result;
  give(accepted, info);
  return 0;
}

int wsig_sigtimedwait(const wsig_set* set, double timeout, wsig_siginfo* info) {
  if (const int error = require("sigtimedwait")) return error;
  if (const int error = check_size(info)) return error;
  int64_t timeout_ns = 0;
  const Seconds seconds = to_nanoseconds(timeout, &timeout_ns);
  if (seconds != Seconds::kFine) return fail_seconds(seconds);
  if (timeout < 0) return fail_value("timeout must be non-negative");
  wsig_platform_signal accepted;
  const int result = wait(*set, timeout_ns, &accepted);
  if (result <= 0) return result;
  give(accepted, info);
  return 1;
}

}  // extern "C"
