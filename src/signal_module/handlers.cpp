// Life of the module, and what handles which signal: wsig_init(), wsig_signal(), the wakeup descriptor.
#include <errno.h>
#include <string.h>

#include "signal_module/fail.hpp"
#include "signal_module/names.hpp"
#include "signal_module/module_state.hpp"

namespace wasmsig::signal_module {

Action Slot::load() const {
  for (;;) {
    const uint32_t before = version.load(std::memory_order_acquire);  // pairs with the last store of store()
    Action action;
    // Acquire: `version` must not be read again before these are.
    action.kind = kind.load(std::memory_order_acquire);
    action.function = function.load(std::memory_order_acquire);
    action.data = data.load(std::memory_order_acquire);
    if ((before & 1) == 0 && version.load(std::memory_order_relaxed) == before) return action;
  }
}

void Slot::store(const Action& next) {
  const uint32_t before = version.load(std::memory_order_relaxed);
  version.store(before + 1, std::memory_order_relaxed);
  // Release: a reader that sees one of these also sees the odd version.
  kind.store(next.kind, std::memory_order_release);
  function.store(next.function, std::memory_order_release);
  data.store(next.data, std::memory_order_release);
  version.store(before + 2, std::memory_order_release);
}

bool Slot::callable() const { return kind.load(std::memory_order_relaxed) == WSIG_ACTION_CALLABLE; }

namespace {

constexpr uint32_t kAllOptions = WSIG_KEEP_SIGPIPE | WSIG_KEEP_SIGXFSZ | WSIG_KEEP_SIGINT;

// The first version of wsig_config ends with `options`; a later field that the caller does not know is zero.
constexpr size_t kSmallestConfig = offsetof(wsig_config, options) + sizeof(uint32_t);

void ignore_if_there(const char* name) {
  const int signum = wsig_platform_number(name);
  if (signum > 0) wsig_platform_install(signum, WSIG_DISPOSITION_IGNORE);
}

Action found(int signum) {
  switch (wsig_platform_disposition(signum)) {
    case WSIG_DISPOSITION_DEFAULT: return {WSIG_ACTION_DEFAULT, nullptr, nullptr};
    case WSIG_DISPOSITION_IGNORE: return {WSIG_ACTION_IGNORE, nullptr, nullptr};
    case WSIG_DISPOSITION_OURS:
    case WSIG_DISPOSITION_OTHER: break;
  }
  return {WSIG_ACTION_NONE, nullptr, nullptr};
}

int sigint() { return wsig_platform_number("SIGINT"); }

void install_default_int_handler() {
  Slot& slot = state.slots[sigint()];
  if (slot.load().kind != WSIG_ACTION_DEFAULT) return;
  slot.store({WSIG_ACTION_CALLABLE, wsig_default_int_handler, nullptr});
  wsig_platform_install(sigint(), WSIG_DISPOSITION_OURS);
}

int check_config(const wsig_config& config) {
  if (config.size < kSmallestConfig) return fail_value("wsig_config.size is not set");
  if (config.edition < WSIG_EDITION_HOST || config.edition > WSIG_EDITION_EXTENDED) return fail_value("no such edition");
  if (config.options & ~kAllOptions) return fail_value("no such option");
  return 0;
}

int check_action(const wsig_action* action) {
  if (action && action->size >= sizeof(wsig_action)) {
    if (action->kind == WSIG_ACTION_DEFAULT || action->kind == WSIG_ACTION_IGNORE) return 0;
    if (action->kind == WSIG_ACTION_CALLABLE && action->function) return 0;
  }
  return fail_type("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
}

wsig_disposition disposition_of(int kind) {
  switch (kind) {
    case WSIG_ACTION_DEFAULT: return WSIG_DISPOSITION_DEFAULT;
    case WSIG_ACTION_IGNORE: return WSIG_DISPOSITION_IGNORE;
    default: return WSIG_DISPOSITION_OURS;
  }
}

void give(const Action& action, wsig_action* to) {
  to->kind = action.kind;
  to->function = action.function;
  to->data = action.data;
}

bool listed_signal(int signum) { return signum >= 1 && signum <= 64 && ((wsig_platform_valid() >> (signum - 1)) & 1); }

}  // namespace
}  // namespace wasmsig::signal_module

using namespace wasmsig::signal_module;

extern "C" {

int wsig_init(const wsig_config* config) {
  if (running()) return fail_state("wsig_init() was called already");
  if (config) {
    if (const int error = check_config(*config)) return error;
  }
  state.config = wsig_config{};
  if (config) memcpy(&state.config, config, config->size < sizeof(wsig_config) ? config->size : sizeof(wsig_config));
  state.config.size = sizeof(wsig_config);
  clear_flags();
  wsig_platform_start();
  if (state.config.edition == WSIG_EDITION_HOST) state.config.edition = wsig_platform_extended() ? WSIG_EDITION_EXTENDED : WSIG_EDITION_DOCUMENTED;
  state.main_thread.store(wsig_platform_thread(), std::memory_order_relaxed);
  if (!(state.config.options & WSIG_KEEP_SIGPIPE)) ignore_if_there("SIGPIPE");
  if (!(state.config.options & WSIG_KEEP_SIGXFSZ)) ignore_if_there("SIGXFSZ");
  for (int signum = 1; signum < wsig_platform()->limit; signum++) state.slots[signum].store(found(signum));
  const uint32_t* doorbell = wsig_platform_doorbell();
  wsig_poll_doorbell = doorbell ? doorbell : &kNoDoorbell;
  wsig_poll_countdown = 0;
  // Pairs with running(): a thread that sees it sees the configuration
  state.running.store(1, std::memory_order_release);
  if (!(state.config.options & WSIG_KEEP_SIGINT)) install_default_int_handler();
  return 0;
}

int wsig_finalize(void) {
  if (!running()) return fail_state("wsig_init() was not called");
  if (!may_handle()) return fail_value("wsig_finalize only works in main thread of the main interpreter");
  state.wakeup.store(0, std::memory_order_release);
  wsig_poll_doorbell = &kNoDoorbell;
  for (int signum = 1; signum < wsig_platform()->limit; signum++) {
    Slot& slot = state.slots[signum];
    const Action action = slot.load();
    if (action.kind == WSIG_ACTION_CALLABLE) wsig_platform_install(signum, WSIG_DISPOSITION_DEFAULT);
    slot.store(Action{});
    if (action.kind != WSIG_ACTION_CALLABLE || action.function == wsig_default_int_handler || !state.config.dropped) continue;
    const wsig_action dropped = wsig_callable(action.function, action.data);
    state.config.dropped(signum, &dropped, state.config.hook_data);
  }
  state.running.store(0, std::memory_order_release);  // pairs with running(): trips from now on do nothing
  clear_flags();
  wsig_platform_stop();
  return 0;
}

int wsig_is_running(void) { return running(); }

void wsig_after_fork_child(void) {
  if (!running()) return;
  state.main_thread.store(wsig_platform_thread(), std::memory_order_relaxed);
  clear_flags();
}

int wsig_signal(int signum, const wsig_action* action, wsig_action* previous) {
  if (const int error = require("signal")) return error;
  // The order of these checks is CPython's.
  if (wsig_platform()->listed_only && !listed_signal(signum)) return fail_value("invalid signal value");
  if (!may_handle()) return fail_value("signal only works in main thread of the main interpreter");
  if (!in_range(signum)) return fail_out_of_range();
  if (const int error = check_action(action)) return error;
  if (previous && previous->size < sizeof(wsig_action)) return fail_value("wsig_action.size is not set");
  const wsig_action wanted = *action;  // `previous` may be the same struct
  wsig_platform_collect();
  if (const int error = walk(nullptr)) return error;
  if (const int error = wsig_platform_install(signum, disposition_of(wanted.kind))) return fail_os(-error);
  Slot& slot = state.slots[signum];
  if (previous) give(slot.load(), previous);
  const bool callable = wanted.kind == WSIG_ACTION_CALLABLE;
  slot.store({wanted.kind, callable ? wanted.function : nullptr, callable ? wanted.data : nullptr});
  return 0;
}

int wsig_getsignal(int signum, wsig_action* action) {
  if (const int error = require("getsignal")) return error;
  if (!action || action->size < sizeof(wsig_action)) return fail_value("wsig_action.size is not set");
  if (!in_range(signum)) return fail_out_of_range();
  give(state.slots[signum].load(), action);
  return 0;
}

int wsig_default_int_handler(int, void* frame, void*) {
  const wsig_config& config = state.config;
  return config.keyboard_interrupt ? config.keyboard_interrupt(frame, config.hook_data) : 1;
}

int wsig_siginterrupt(int signum, int flag) {
  if (const int error = require("siginterrupt")) return error;
  if (!in_range(signum)) return fail_out_of_range();
  const int error = wsig_platform_restart(signum, flag == 0);
  return error ? fail_os(-error) : 0;
}

int wsig_set_wakeup_fd(intptr_t fd, int warn_on_full_buffer, intptr_t* previous) {
  if (const int error = require("set_wakeup_fd")) return error;
  if (!may_handle()) return fail_value("set_wakeup_fd only works in main thread of the main interpreter");
  wsig_fd_kind kind = WSIG_FD_FILE;
  if (fd != -1) {
    // Two bits of the word are options, see Wakeup.
    if (fd < 0 || fd > (INTPTR_MAX >> 2) - 1) return fail_os(EBADF);
    const int state_of_fd = wsig_platform_fd_check(fd, &kind);
    if (state_of_fd < 0) return fail_os(-state_of_fd);
    if (state_of_fd == 0) return fail_fd_blocking(fd);
  }
  // Release, pairs with wake().
  const uintptr_t old = state.wakeup.exchange(Wakeup::pack(fd, kind, warn_on_full_buffer != 0), std::memory_order_acq_rel);
  if (previous) *previous = Wakeup::fd(old);
  return 0;
}

void* wsig_interrupt_event(void) { return wsig_platform_interrupt_event(); }

}  // extern "C"
