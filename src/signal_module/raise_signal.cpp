// Sending, sets, and what a number means.
#include "signal_module/fail.hpp"
#include "signal_module/names.hpp"
#include "signal_module/module_state.hpp"

using namespace wasmsig::signal_module;

extern "C" {

int wsig_set_add(wsig_set* set, long signum) {
  if (signum < 1 || signum >= wsig_platform()->limit) return fail_set_range(signum);
  const uint64_t bit = uint64_t{1} << (signum - 1);
  if (!(wsig_platform_valid() & bit)) return 1;
  set->bits |= bit;
  return 0;
}

int wsig_valid_signals(wsig_set* set) {
  if (const int error = require("valid_signals")) return error;
  set->bits = wsig_platform_valid();
  return 0;
}

int wsig_strsignal(int signum, const char** description) {
  if (const int error = require("strsignal")) return error;
  if (!in_range(signum)) return fail_out_of_range();
  *description = wsig_platform_description(signum);
  return 0;
}

int wsig_raise_signal(int signum) {
  if (const int error = require("raise_signal")) return error;
  if (const int error = wsig_platform_raise(signum)) return fail_os(-error);
  return run_handlers();
}

uintptr_t wsig_thread_ident(void) { return wsig_platform_thread(); }

int wsig_pthread_kill(uintptr_t thread, int signum) {
  if (const int error = require("pthread_kill")) return error;
  const wsig_config& config = state.config;
  if (config.audit && config.audit("signal.pthread_kill", thread, signum, config.hook_data)) return raised();
  if (const int error = wsig_platform_send_thread(thread, signum)) return fail_os(-error);
  return run_handlers();
}

int wsig_pidfd_send_signal(int pidfd, int signum, const wsig_siginfo* siginfo, unsigned flags) {
  if (const int error = require("pidfd_send_signal")) return error;
  if (siginfo) return fail_type("siginfo must be None");
  const int error = wsig_platform_send_pidfd(pidfd, signum, flags);
  return error ? fail_os(-error) : 0;
}

}  // extern "C"
