// wasmsig for C++20: wasmsig.h with enumerations, results that can be asked, and scopes that undo. Header only; works with
// and without exceptions. Everything that wasmsig.h says about threads, safety and errors holds here too.
//
//     wasmsig::Module module;                                   // wsig_init() .. wsig_finalize()
//     auto old = wasmsig::signal(wasmsig::Signals::kInt, wasmsig::ignore());
//     if (!old) return report(old.error().text);
#ifndef WASMSIG_WASMSIG_HPP
#define WASMSIG_WASMSIG_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#if defined(__cpp_exceptions)
#include <stdexcept>
#include <string>
#endif

#include "wasmsig/wasmsig.h"

namespace wasmsig {

// Members exist where the platform has the signal; their values are the platform's. Real-time signals are
// static_cast<Signals>(number), see name_value("SIGRTMIN").
enum class Signals : int {
  // Generated from src/signals.def by scripts/generate.mjs.
  kInt = WSIG_SIGINT,
  kIll = WSIG_SIGILL,
  kAbrt = WSIG_SIGABRT,
  kFpe = WSIG_SIGFPE,
  kSegv = WSIG_SIGSEGV,
  kTerm = WSIG_SIGTERM,
#ifdef WSIG_SIGHUP
  kHup = WSIG_SIGHUP,
#endif
#ifdef WSIG_SIGQUIT
  kQuit = WSIG_SIGQUIT,
#endif
#ifdef WSIG_SIGTRAP
  kTrap = WSIG_SIGTRAP,
#endif
#ifdef WSIG_SIGBUS
  kBus = WSIG_SIGBUS,
#endif
#ifdef WSIG_SIGKILL
  kKill = WSIG_SIGKILL,
#endif
#ifdef WSIG_SIGUSR1
  kUsr1 = WSIG_SIGUSR1,
#endif
#ifdef WSIG_SIGUSR2
  kUsr2 = WSIG_SIGUSR2,
#endif
#ifdef WSIG_SIGPIPE
  kPipe = WSIG_SIGPIPE,
#endif
#ifdef WSIG_SIGALRM
  kAlrm = WSIG_SIGALRM,
#endif
#ifdef WSIG_SIGSTKFLT
  kStkflt = WSIG_SIGSTKFLT,
#endif
#ifdef WSIG_SIGCHLD
  kChld = WSIG_SIGCHLD,
#endif
#ifdef WSIG_SIGCONT
  kCont = WSIG_SIGCONT,
#endif
#ifdef WSIG_SIGSTOP
  kStop = WSIG_SIGSTOP,
#endif
#ifdef WSIG_SIGTSTP
  kTstp = WSIG_SIGTSTP,
#endif
#ifdef WSIG_SIGTTIN
  kTtin = WSIG_SIGTTIN,
#endif
#ifdef WSIG_SIGTTOU
  kTtou = WSIG_SIGTTOU,
#endif
#ifdef WSIG_SIGURG
  kUrg = WSIG_SIGURG,
#endif
#ifdef WSIG_SIGXCPU
  kXcpu = WSIG_SIGXCPU,
#endif
#ifdef WSIG_SIGXFSZ
  kXfsz = WSIG_SIGXFSZ,
#endif
#ifdef WSIG_SIGVTALRM
  kVtalrm = WSIG_SIGVTALRM,
#endif
#ifdef WSIG_SIGPROF
  kProf = WSIG_SIGPROF,
#endif
#ifdef WSIG_SIGWINCH
  kWinch = WSIG_SIGWINCH,
#endif
#ifdef WSIG_SIGIO
  kIo = WSIG_SIGIO,
#endif
#ifdef WSIG_SIGPWR
  kPwr = WSIG_SIGPWR,
#endif
#ifdef WSIG_SIGSYS
  kSys = WSIG_SIGSYS,
#endif
#ifdef WSIG_SIGBREAK
  kBreak = WSIG_SIGBREAK,
#endif
  // End of what is generated.
};

enum class Handlers : int { kDefault = 0, kIgnore = 1 };

// Only where pthread_sigmask() exists.
#ifdef WSIG_SIG_BLOCK
enum class Sigmasks : int { kBlock = WSIG_SIG_BLOCK, kUnblock = WSIG_SIG_UNBLOCK, kSetMask = WSIG_SIG_SETMASK };
#endif

enum class Itimer : int { kReal = WSIG_ITIMER_REAL, kVirtual = WSIG_ITIMER_VIRTUAL, kProf = WSIG_ITIMER_PROF };

enum class Edition : int {
  kHost = WSIG_EDITION_HOST,
  kDocumented = WSIG_EDITION_DOCUMENTED,
  kExtended = WSIG_EDITION_EXTENDED
};

constexpr int number(Signals signal) { return static_cast<int>(signal); }

// What wsig_last_error() says. The texts are valid until this thread's next failure.
struct Error {
  int kind = 0;
  int number = 0;
  std::string_view text;
  std::string_view detail;

  static Error last() {
    wsig_error error{};
    error.size = sizeof error;
    wsig_last_error(&error);
    return {error.kind, error.number, error.text, error.detail};
  }
  std::string_view kind_name() const { return wsig_error_kind_name(kind); }
};

#if defined(__cpp_exceptions)
struct SignalError : std::runtime_error {
  explicit SignalError(const Error& error)
      : std::runtime_error(std::string(error.text)), kind(error.kind), number(error.number) {}
  int kind;
  int number;
};
#endif

struct Nothing {};

// A value or an error, like std::expected of C++23. Asking for a value that is not there is a programming error.
template <class T = Nothing>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  static Result failed(int code) {
    Result result;
    result.error_ = Error::last();
    result.code_ = code;
    return result;
  }
  // 0 or more: the value; less: the error that the call just recorded.
  static Result of(int code, T value = T{}) { return code < 0 ? failed(code) : Result(std::move(value)); }

  explicit operator bool() const { return value_.has_value(); }
  bool has_value() const { return value_.has_value(); }
  const T& value() const { return *value_; }
  const T& operator*() const { return *value_; }
  const T* operator->() const { return &*value_; }
  T value_or(T other) const { return value_ ? *value_ : other; }
  const Error& error() const { return error_; }
  int code() const { return code_; }
  bool raised() const { return code_ == WSIG_E_RAISED; }
#if defined(__cpp_exceptions)
  // The value, or a SignalError.
  const T& or_throw() const {
    if (!value_) throw SignalError(error_);
    return *value_;
  }
#endif

 private:
  Result() = default;
  std::optional<T> value_;
  Error error_{};
  int code_ = 0;
};

// ---- actions ----

using Action = wsig_action;

inline Action default_action() { return wsig_default(); }
inline Action ignore() { return wsig_ignore(); }
inline Action handler(wsig_handler function, void* data = nullptr) { return wsig_callable(function, data); }
inline Action handler(Handlers which) { return which == Handlers::kIgnore ? wsig_ignore() : wsig_default(); }

// A handler from an object that outlives it: `int operator()(Signals, void* frame)`, nonzero: raised.
template <class F>
Action handler_of(F& object) {
  return wsig_callable([](int signum, void* frame,
                          void* data) -> int { return (*static_cast<F*>(data))(static_cast<Signals>(signum), frame); },
                       const_cast<void*>(static_cast<const void*>(&object)));
}

inline bool is_callable(const Action& action) { return action.kind == WSIG_ACTION_CALLABLE; }

// ---- life ----

inline wsig_config config(Edition edition = Edition::kHost) {
  wsig_config result{};
  result.size = sizeof result;
  result.edition = static_cast<int>(edition);
  return result;
}

// The module runs while this lives, if it could be started; construct and destroy it in the main thread.
class Module {
 public:
  explicit Module(Edition edition = Edition::kHost) : Module(config(edition)) {}
  explicit Module(const wsig_config& config) : started_(Result<>::of(wsig_init(&config))) {}
  ~Module() {
    if (started_) wsig_finalize();
  }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  explicit operator bool() const { return started_.has_value(); }
  const Result<>& started() const { return started_; }

 private:
  Result<> started_;
};

// ---- safe points ----

inline Result<> check_signals(void* frame = nullptr) { return Result<>::of(wsig_check_signals(frame)); }
inline bool set_interrupt(Signals signal) { return wsig_set_interrupt(number(signal)) == 0; }
// Whether it had tripped; its handler does not run.
inline bool accept(Signals signal) { return wsig_accept(number(signal)) == 1; }
// 0, or nonzero: a handler raised.
inline int poll(void* frame = nullptr) { return wsig_poll(frame); }

// ---- handlers ----

inline Result<Action> signal(Signals signum, const Action& action) {
  Action previous = wsig_action_make(WSIG_ACTION_NONE, nullptr, nullptr);
  const int code = wsig_signal(number(signum), &action, &previous);
  return Result<Action>::of(code, previous);
}
inline Result<Action> getsignal(Signals signum) {
  Action action = wsig_action_make(WSIG_ACTION_NONE, nullptr, nullptr);
  const int code = wsig_getsignal(number(signum), &action);
  return Result<Action>::of(code, action);
}
inline Result<> siginterrupt(Signals signum, bool flag) {
  return Result<>::of(wsig_siginterrupt(number(signum), flag));
}
inline Result<std::intptr_t> set_wakeup_fd(std::intptr_t fd, bool warn_on_full_buffer = true) {
  std::intptr_t previous = -1;
  const int code = wsig_set_wakeup_fd(fd, warn_on_full_buffer, &previous);
  return Result<std::intptr_t>::of(code, previous);
}

// An action for as long as this lives. Its predecessor comes back, unless that was not installed from here.
class HandlerScope {
 public:
  HandlerScope(Signals signum, const Action& action) : signum_(signum), previous_(signal(signum, action)) {}
  ~HandlerScope() {
    if (previous_ && previous_->kind != WSIG_ACTION_NONE) wsig_signal(number(signum_), &*previous_, nullptr);
  }
  HandlerScope(const HandlerScope&) = delete;
  HandlerScope& operator=(const HandlerScope&) = delete;
  explicit operator bool() const { return previous_.has_value(); }
  const Result<Action>& previous() const { return previous_; }

 private:
  Signals signum_;
  Result<Action> previous_;
};

// ---- sets, masks, waits ----

class Set {
 public:
  constexpr Set() = default;
  constexpr explicit Set(wsig_set set) : set_(set) {}
  template <class... Rest>
  constexpr explicit Set(Signals first, Rest... rest) {
    add(first);
    (add(rest), ...);
  }
  constexpr Set& add(Signals signum) {
    set_.bits |= std::uint64_t{1} << (number(signum) - 1);
    return *this;
  }
  constexpr Set& remove(Signals signum) {
    set_.bits &= ~(std::uint64_t{1} << (number(signum) - 1));
    return *this;
  }
  constexpr bool has(Signals signum) const { return (set_.bits >> (number(signum) - 1)) & 1; }
  constexpr bool empty() const { return set_.bits == 0; }
  constexpr const wsig_set& get() const { return set_; }
  // Lowest first.
  template <class F>
  void for_each(F&& function) const {
    for (int signum = 1; signum <= 64; signum++) {
      if (has(static_cast<Signals>(signum))) function(static_cast<Signals>(signum));
    }
  }
  friend constexpr bool operator==(const Set& a, const Set& b) { return a.set_.bits == b.set_.bits; }

 private:
  wsig_set set_{0};
};

inline Result<Set> valid_signals() {
  wsig_set set{0};
  const int code = wsig_valid_signals(&set);
  return Result<Set>::of(code, Set(set));
}
inline Result<Set> sigpending() {
  wsig_set set{0};
  const int code = wsig_sigpending(&set);
  return Result<Set>::of(code, Set(set));
}
#ifdef WSIG_SIG_BLOCK
// In brackets: a C library may have a macro of this name.
inline Result<Set>(pthread_sigmask)(Sigmasks how, const Set& set) {
  wsig_set previous{0};
  const int code = wsig_pthread_sigmask(static_cast<int>(how), &set.get(), &previous);
  return Result<Set>::of(code, Set(previous));
}

// Signals are blocked while this lives. What came meanwhile is delivered, and handled, when the mask comes back; an
// error of such a handler is the next check's, so that a destructor has none.
class MaskScope {
 public:
  explicit MaskScope(const Set& blocked) : previous_((pthread_sigmask)(Sigmasks::kBlock, blocked)) {}
  ~MaskScope() {
    if (previous_) wsig_pthread_sigmask(WSIG_SIG_SETMASK, &previous_->get(), nullptr);
  }
  MaskScope(const MaskScope&) = delete;
  MaskScope& operator=(const MaskScope&) = delete;
  explicit operator bool() const { return previous_.has_value(); }
  const Result<Set>& previous() const { return previous_; }

 private:
  Result<Set> previous_;
};
#endif

using SigInfo = wsig_siginfo;

inline Result<> pause() { return Result<>::of(wsig_pause()); }
inline Result<Signals> sigwait(const Set& set) {
  int signum = 0;
  const int code = wsig_sigwait(&set.get(), &signum);
  return Result<Signals>::of(code, static_cast<Signals>(signum));
}
inline Result<SigInfo> sigwaitinfo(const Set& set) {
  SigInfo info{};
  info.size = sizeof info;
  const int code = wsig_sigwaitinfo(&set.get(), &info);
  return Result<SigInfo>::of(code, info);
}
// No value in the optional: the time is over.
inline Result<std::optional<SigInfo>> sigtimedwait(const Set& set, double seconds) {
  SigInfo info{};
  info.size = sizeof info;
  const int code = wsig_sigtimedwait(&set.get(), seconds, &info);
  return Result<std::optional<SigInfo>>::of(code, code > 0 ? std::optional<SigInfo>(info) : std::nullopt);
}

// ---- sending, timers ----

inline Result<> raise_signal(Signals signum) { return Result<>::of(wsig_raise_signal(number(signum))); }
inline Result<>(pthread_kill)(std::uintptr_t thread, Signals signum) {
  return Result<>::of(wsig_pthread_kill(thread, number(signum)));
}
inline Result<> pidfd_send_signal(int pidfd, Signals signum, unsigned flags = 0) {
  return Result<>::of(wsig_pidfd_send_signal(pidfd, number(signum), nullptr, flags));
}
inline Result<unsigned> alarm(unsigned seconds) {
  unsigned left = 0;
  const int code = wsig_alarm(seconds, &left);
  return Result<unsigned>::of(code, left);
}

struct TimerValue {
  double seconds = 0;
  double interval = 0;
};
inline Result<TimerValue> setitimer(Itimer which, double seconds, double interval = 0) {
  TimerValue old;
  const int code = wsig_setitimer(static_cast<int>(which), seconds, interval, &old.seconds, &old.interval);
  return Result<TimerValue>::of(code, old);
}
inline Result<TimerValue> getitimer(Itimer which) {
  TimerValue value;
  const int code = wsig_getitimer(static_cast<int>(which), &value.seconds, &value.interval);
  return Result<TimerValue>::of(code, value);
}

// ---- names ----

// No value in the optional: the signal has no description.
inline Result<std::optional<std::string_view>> strsignal(Signals signum) {
  const char* text = nullptr;
  const int code = wsig_strsignal(number(signum), &text);
  return Result<std::optional<std::string_view>>::of(code, text ? std::optional<std::string_view>(text) : std::nullopt);
}
inline bool has(const char* name) { return wsig_has(name) != 0; }
inline std::optional<int> name_value(std::string_view name) {
  wsig_name entry{};
  entry.size = sizeof entry;
  for (std::size_t index = 0; index < wsig_name_count(); index++) {
    if (wsig_name_at(index, &entry) == 0 && name == entry.name) return entry.value;
  }
  return std::nullopt;
}

}  // namespace wasmsig
#endif
