// The C API of wasmsig.h as functions that JavaScript can call: numbers in, a number out. What does not fit into one number is left in `result`.
// Negative is an error, as in the header; by then `raise_error` or the handler that raised has told JavaScript which.
// js/signal_module/native.js is the other side; nothing else calls these.
#include <stdint.h>

#include "process/process.hpp"
#include "wasmsig/wasmsig.h"

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("signal"), import_name(#name)))

extern "C" {
IMPORT(handle) int32_t signal_import_handle(int32_t signum, uint32_t frame);
IMPORT(keyboard_interrupt) int32_t signal_import_keyboard_interrupt(void);
IMPORT(raise_error) void signal_import_raise_error(int32_t kind, int32_t number, const char* text);
IMPORT(unraisable) void signal_import_unraisable(int32_t number, const char* text, const char* detail);
IMPORT(audit) int32_t signal_import_audit(const char* event, uint32_t thread, int32_t signum);
}

namespace {

struct Result {
  uint64_t set;
  double first, second;
  const char* text;
  int32_t value;
  struct {
    int32_t signo, code, error, pid;
    uint32_t uid;
    int32_t status;
    int64_t band;
  } info;
} result;

// js/signal_module/native.js reads them there.
static_assert(__builtin_offsetof(Result, first) == 8 && __builtin_offsetof(Result, second) == 16);
static_assert(__builtin_offsetof(Result, text) == 24 && __builtin_offsetof(Result, value) == 28);
static_assert(__builtin_offsetof(Result, info) == 32 && __builtin_offsetof(Result, info.band) == 56);

// The functions themselves are kept in JavaScript, by signal.
int handle(int signum, void* frame, void*) { return signal_import_handle(signum, reinterpret_cast<uintptr_t>(frame)); }

int give(int error, const wsig_siginfo& info) {
  result.info = {info.signo, info.code, info.error, info.pid, info.uid, info.status, info.band};
  return error;
}

wsig_siginfo empty_info() {
  wsig_siginfo info{};
  info.size = sizeof info;
  return info;
}

}  // namespace

extern "C" {

EXPORT(result) Result* signal_result() { return &result; }

// --- life and names

EXPORT(start) int signal_start(int edition, uint32_t options) {
  wsig_config config{};
  config.size = sizeof config;
  config.edition = edition;
  config.options = options;
  config.keyboard_interrupt = [](void*, void*) { return signal_import_keyboard_interrupt(); };
  config.raise_error = [](const wsig_error* error, void*) {
    signal_import_raise_error(error->kind, error->number, error->text);
  };
  config.unraisable = [](const wsig_error* error, void*) {
    signal_import_unraisable(error->number, error->text, error->detail);
  };
  config.audit = [](const char* event, uintptr_t thread, int signum, void*) {
    return signal_import_audit(event, thread, signum);
  };
  return wsig_init(&config);
}

EXPORT(finish) int signal_finish() { return wsig_finalize(); }

EXPORT(name_count) int signal_name_count() { return static_cast<int>(wsig_name_count()); }

// The kind of a name; result.text and result.value are the rest.
EXPORT(name_at) int signal_name_at(int index) {
  wsig_name name{};
  name.size = sizeof name;
  if (const int error = wsig_name_at(static_cast<size_t>(index), &name)) return error;
  result.text = name.name;
  result.value = name.kind == WSIG_NAME_CONSTANT ? wsig_nsig() : name.value;
  return name.kind;
}

// --- safe points

EXPORT(check_signals) int signal_check_signals(uint32_t frame) {
  return wsig_check_signals(reinterpret_cast<void*>(uintptr_t{frame}));
}

EXPORT(set_interrupt) int signal_set_interrupt(int signum) { return wsig_set_interrupt(signum); }

// Whether handlers wait for the next safe point.
EXPORT(tripped) int signal_tripped() { return __atomic_load_n(&wsig_poll_tripped, __ATOMIC_RELAXED) != 0; }

// Whether SIGALRM will come though nothing else happens; the other two timers do not run while the program is idle.
EXPORT(alarm_is_set) int signal_alarm_is_set() { return wasmsig::process::real_timer_armed(); }

// --- handlers: a result is the kind of the (former) action

EXPORT(signal) int signal_signal(int signum, int kind) {
  const wsig_action action = wsig_action_make(kind, kind == WSIG_ACTION_CALLABLE ? handle : nullptr, nullptr);
  wsig_action previous = wsig_default();
  const int error = wsig_signal(signum, &action, &previous);
  return error ? error : previous.kind;
}

EXPORT(getsignal) int signal_getsignal(int signum) {
  wsig_action action = wsig_default();
  const int error = wsig_getsignal(signum, &action);
  return error ? error : action.kind;
}

EXPORT(siginterrupt) int signal_siginterrupt(int signum, int flag) { return wsig_siginterrupt(signum, flag); }

EXPORT(set_wakeup_fd) int signal_set_wakeup_fd(int fd, int warn_on_full_buffer) {
  intptr_t previous = -1;
  const int error = wsig_set_wakeup_fd(fd, warn_on_full_buffer, &previous);
  result.value = static_cast<int32_t>(previous);
  return error;
}

// --- sets and numbers

// 0: may be in a set; 1: a number that is left out.
EXPORT(set_add) int signal_set_add(int signum) {
  wsig_set set{};
  return wsig_set_add(&set, signum);
}

EXPORT(valid_signals) int signal_valid_signals() {
  wsig_set set{};
  const int error = wsig_valid_signals(&set);
  result.set = set.bits;
  return error;
}

EXPORT(strsignal) int signal_strsignal(int signum) {
  result.text = nullptr;
  return wsig_strsignal(signum, &result.text);
}

// --- sending

EXPORT(raise_signal) int signal_raise_signal(int signum) { return wsig_raise_signal(signum); }

EXPORT(thread_ident) uint32_t signal_thread_ident() { return wsig_thread_ident(); }

EXPORT(pthread_kill) int signal_pthread_kill(uint32_t thread, int signum) { return wsig_pthread_kill(thread, signum); }

EXPORT(pidfd_send_signal) int signal_pidfd_send_signal(int pidfd, int signum, int has_siginfo, uint32_t flags) {
  const wsig_siginfo info = empty_info();
  return wsig_pidfd_send_signal(pidfd, signum, has_siginfo ? &info : nullptr, flags);
}

// --- timers

EXPORT(alarm) int signal_alarm(uint32_t seconds) {
  unsigned left = 0;
  const int error = wsig_alarm(seconds, &left);
  result.first = left;
  return error;
}

EXPORT(setitimer) int signal_setitimer(int which, double seconds, double interval) {
  return wsig_setitimer(which, seconds, interval, &result.first, &result.second);
}

EXPORT(getitimer) int signal_getitimer(int which) { return wsig_getitimer(which, &result.first, &result.second); }

// --- masks and waits

EXPORT(pthread_sigmask) int signal_pthread_sigmask(int how, uint64_t bits) {
  const wsig_set set{bits};
  wsig_set previous{};
  const int error = wsig_pthread_sigmask(how, &set, &previous);
  result.set = previous.bits;
  return error;
}

EXPORT(sigpending) int signal_sigpending() {
  wsig_set set{};
  const int error = wsig_sigpending(&set);
  result.set = set.bits;
  return error;
}

EXPORT(pause) int signal_pause() { return wsig_pause(); }

EXPORT(sigwait) int signal_sigwait(uint64_t bits) {
  const wsig_set set{bits};
  int signum = 0;
  const int error = wsig_sigwait(&set, &signum);
  return error ? error : signum;
}

EXPORT(sigwaitinfo) int signal_sigwaitinfo(uint64_t bits) {
  const wsig_set set{bits};
  wsig_siginfo info = empty_info();
  return give(wsig_sigwaitinfo(&set, &info), info);
}

// 1: result.info is filled; 0: the time is over.
EXPORT(sigtimedwait) int signal_sigtimedwait(uint64_t bits, double timeout) {
  const wsig_set set{bits};
  wsig_siginfo info = empty_info();
  return give(wsig_sigtimedwait(&set, timeout, &info), info);
}

}  // extern "C"
