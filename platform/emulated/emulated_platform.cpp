// The platform of both wasm targets: the emulated process of src/process/ instead of an operating system. A signal with
// a callable gets an Action whose `invoke` trips it; everything else is a thin call. Only descriptors are the wasm C
// library's.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/platform.h"
#include "process/numbers.hpp"
#include "process/process.hpp"
#include "queue/queue.hpp"

namespace process = wasmsig::process;
using wasmsig::SignalSet;

namespace {

// Which of the two targets' documented names exist. On the fake host, natively: WASI's, unless the build says
// otherwise.
#if defined(__EMSCRIPTEN__) || defined(WASMSIG_EMULATED_AS_EMSCRIPTEN)
constexpr wsig_platform_names kNames = WSIG_NAMES_EMSCRIPTEN;
#else
constexpr wsig_platform_names kNames = WSIG_NAMES_WASI;
#endif

constexpr wsig_platform_info kInfo = {kNames, wasmsig::kSignalLimit, 0, 1};

struct Named {
  const char* name;
  int number;
};

constexpr int kBlock = 0, kUnblock = 1, kSetMask = 2;

// Linux's numbers, whatever the C library's header says.
constexpr Named kNumbers[] = {
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, action, description) {#name, linux_number},
#define WSIG_ALIAS(name, signal) {#name, process::k##signal},
#include "signals.def"
    {"SIGRTMIN", wasmsig::kRealTimeMin}, {"SIGRTMAX", wasmsig::kRealTimeMax}, {"SIG_BLOCK", kBlock},
    {"SIG_UNBLOCK", kUnblock},           {"SIG_SETMASK", kSetMask},
};

constexpr const char* kDescriptions[] = {
    nullptr,
// Rows with no number here (SIGBREAK) come after 31, and are cut off by the check in wsig_platform_description().
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, action, description) description,
#include "signals.def"
};
static_assert(process::kSIGHUP == 1 && process::kSIGSYS + 1 == wasmsig::kRealTimeFirst,
              "the table is in the order of Linux's numbers");

// "Real-time signal 0" .. "Real-time signal 29", as glibc words them. Made at compile time: there is no stdio.
constexpr int kRealTimeCount = wasmsig::kRealTimeMax - wasmsig::kRealTimeMin + 1;
struct RealTimeText {
  char text[kRealTimeCount][24];
};
constexpr RealTimeText make_real_time() {
  RealTimeText result{};
  for (int index = 0; index < kRealTimeCount; index++) {
    int at = 0;
    for (const char* from = "Real-time signal "; *from; from++) result.text[index][at++] = *from;
    if (index >= 10) result.text[index][at++] = static_cast<char>('0' + index / 10);
    result.text[index][at] = static_cast<char>('0' + index % 10);
  }
  return result;
}
constexpr RealTimeText kRealTime = make_real_time();

constexpr SignalSet valid_set() {
  SignalSet result;
  for (int signum = 1; signum < wasmsig::kSignalLimit; signum++) {
    if (!wasmsig::reserved_signal(signum)) result.add(signum);
  }
  return result;
}

// Runs inside the delivery of the emulated process, on the thread that accepted the signal.
void trip(process::Accepted& accepted) { wsig_trip(accepted.signo); }

bool to_kind(int which, process::TimerKind* kind) {
  switch (which) {
    case 0: *kind = process::TimerKind::kReal; return true;
    case 1: *kind = process::TimerKind::kVirtual; return true;
    case 2: *kind = process::TimerKind::kProf; return true;
    default: return false;
  }
}

// The emulated process counts nanoseconds, setitimer(2) microseconds. Times left are rounded up: a pending timer never
// reads as 0.
constexpr int64_t to_us(int64_t ns) { return ns / 1000 + (ns % 1000 != 0); }
wsig_platform_timer from_process(const process::TimerValue& value) {
  return {to_us(value.value_ns), to_us(value.interval_ns)};
}
// Times past the end of the process's clock (292 years) are its end.
constexpr int64_t to_ns(int64_t us) { return us > INT64_MAX / 1000 ? INT64_MAX : us * 1000; }

// Senders write into this process's own block, so its doorbell can be read directly.
bool shared() { return process::rings_directly(); }

const uint32_t kAlwaysCheck = 1;

// node:wasi (Node 20, uvwasi) answers fd_fdstat_get with the flags of the Linux below it instead of WASI's. WASI uses
// five bits, so Linux's O_NONBLOCK can mean nothing else there.
#if defined(__wasi__)
constexpr int kNonBlocking = O_NONBLOCK | 0x800;
#else
constexpr int kNonBlocking = O_NONBLOCK;
#endif

}  // namespace

extern "C" {

const wsig_platform_info* wsig_platform(void) { return &kInfo; }

int wsig_platform_number(const char* name) {
  for (const Named& named : kNumbers) {
    if (strcmp(named.name, name) == 0) return named.number > 0 || name[3] == '_' ? named.number : -1;
  }
  return -1;
}

const char* wsig_platform_description(int signum) {
  if (signum >= 1 && signum < wasmsig::kRealTimeFirst) return kDescriptions[signum];
  if (signum >= wasmsig::kRealTimeMin && signum <= wasmsig::kRealTimeMax)
    return kRealTime.text[signum - wasmsig::kRealTimeMin];
  return nullptr;
}

uint64_t wsig_platform_valid(void) { return valid_set().bits; }

void wsig_platform_start(void) { process::start(); }
int wsig_platform_extended(void) { return process::asked_for_extended(); }
void wsig_platform_stop(void) {}

wsig_disposition wsig_platform_disposition(int signum) {
  process::Action action;
  if (process::set_action(signum, nullptr, &action) < 0) return WSIG_DISPOSITION_OTHER;
  switch (action.disposition) {
    case process::Disposition::kDefault: return WSIG_DISPOSITION_DEFAULT;
    case process::Disposition::kIgnore: return WSIG_DISPOSITION_IGNORE;
    case process::Disposition::kCatch: break;
  }
  return action.invoke == trip ? WSIG_DISPOSITION_OURS : WSIG_DISPOSITION_OTHER;
}

int wsig_platform_install(int signum, wsig_disposition disposition) {
  process::Action action;
  switch (disposition) {
    case WSIG_DISPOSITION_DEFAULT: action.disposition = process::Disposition::kDefault; break;
    case WSIG_DISPOSITION_IGNORE: action.disposition = process::Disposition::kIgnore; break;
    case WSIG_DISPOSITION_OURS:
      action.disposition = process::Disposition::kCatch;
      action.invoke = trip;
      break;
    default: return -EINVAL;
  }
  return process::set_action(signum, &action, nullptr);
}

int wsig_platform_restart(int signum, int restart) {
  process::Action action;
  if (const int error = process::set_action(signum, nullptr, &action)) return error;
  if (restart) {
    action.flags |= process::kRestart;
  } else {
    action.flags &= ~uint32_t{process::kRestart};
  }
  return process::set_action(signum, &action, nullptr);
}

int wsig_platform_raise(int signum) { return process::raise(signum); }
int wsig_platform_send_thread(uintptr_t thread, int signum) { return process::kill_thread(thread, signum); }
int wsig_platform_send_pidfd(int pidfd, int signum, unsigned flags) {
  if (flags) return -EINVAL;
  const int to = process::pidfd_pid(pidfd);
  return to < 0 ? to : process::kill(to, signum);
}

int wsig_platform_mask(int how, const uint64_t* set, uint64_t* old) {
  if (how != kBlock && how != kUnblock && how != kSetMask) return -EINVAL;
  const SignalSet wanted{set ? *set & valid_set().bits : 0};
  SignalSet before;
  const process::How kind = how == kBlock     ? process::How::kBlock
                            : how == kUnblock ? process::How::kUnblock
                                              : process::How::kSetMask;
  if (const int error = process::set_mask(kind, set ? &wanted : nullptr, &before)) return error;
  if (old) *old = before.bits;
  return 0;
}

int wsig_platform_pending(uint64_t* set) {
  *set = process::pending().bits;
  return 0;
}

int wsig_platform_pause(void) { return process::pause(); }

int wsig_platform_wait(uint64_t set, int64_t timeout_ns, wsig_platform_signal* info) {
  process::SigInfo accepted;
  const int result = process::wait({set & valid_set().bits}, &accepted, timeout_ns);
  if (result <= 0) return result;
  info->signo = accepted.signo;
  info->code = accepted.code;
  info->error = accepted.error;
  info->pid = accepted.pid;
  info->uid = accepted.uid;
  info->status = accepted.status;
  info->band = accepted.band;
  return result;
}

unsigned wsig_platform_alarm(unsigned seconds) { return process::alarm(seconds); }

int wsig_platform_set_timer(int which, const wsig_platform_timer* value, wsig_platform_timer* old) {
  process::TimerKind kind;
  if (!to_kind(which, &kind)) return -EINVAL;
  process::TimerValue before;
  const process::TimerValue wanted{to_ns(value->value_us), to_ns(value->interval_us)};
  if (const int error = process::set_timer(kind, wanted, &before)) return error;
  *old = from_process(before);
  return 0;
}

int wsig_platform_get_timer(int which, wsig_platform_timer* value) {
  process::TimerKind kind;
  if (!to_kind(which, &kind)) return -EINVAL;
  process::TimerValue present;
  if (const int error = process::get_timer(kind, &present)) return error;
  *value = from_process(present);
  return 0;
}

int64_t wsig_platform_clock(void) { return wsig_host_clock(WSIG_HOST_CLOCK_MONOTONIC); }

int wsig_platform_fd_check(intptr_t fd, wsig_fd_kind* kind) {
  *kind = WSIG_FD_FILE;
  if (fd > INT32_MAX) return -EBADF;
  const int flags = fcntl(static_cast<int>(fd), F_GETFL);
  if (flags < 0) return -errno;
  return (flags & kNonBlocking) != 0;
}

int wsig_platform_fd_write(intptr_t fd, wsig_fd_kind, uint8_t byte) {
  for (;;) {
    if (write(static_cast<int>(fd), &byte, 1) >= 0) return 0;
    if (errno != EINTR) return -errno;
  }
}

uintptr_t wsig_platform_thread(void) { return wsig_host_thread(); }

void wsig_platform_collect(void) { process::deliver(); }
int32_t wsig_platform_poll(void) { return process::safe_point(); }  // 0 where the doorbell can be read

const uint32_t* wsig_platform_doorbell(void) {
  static_assert(sizeof(wasmsig::queue::Word) == sizeof(uint32_t));
  // Read with an atomic load by wsig_poll(). Where senders cannot reach it, checks are counted down.
  return shared() ? reinterpret_cast<const uint32_t*>(&wasmsig::queue::block.doorbell) : &kAlwaysCheck;
}

void* wsig_platform_interrupt_event(void) { return nullptr; }

}  // extern "C"
