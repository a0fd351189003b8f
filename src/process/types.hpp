// The types of the emulated process: what its functions (process.hpp) take and give.
#pragma once

#include <stdint.h>

#include "queue/origin.hpp"
#include "signal_set.hpp"

namespace wasmsig::process {

// sa_flags, with Linux's values.
enum ActionFlags : uint32_t {
  kNoChildStop = 0x1,     // SA_NOCLDSTOP: kept and reported; there are no children
  kNoChildWait = 0x2,     // SA_NOCLDWAIT: likewise
  kSigInfo = 0x4,         // SA_SIGINFO
  kRestart = 0x10000000,  // SA_RESTART
  // SA_ONSTACK: kept and reported; the layer that calls the handler switches the stack (posix/sigaltstack.cpp)
  kOnStack = 0x08000000,
  kNoDefer = 0x40000000,    // SA_NODEFER
  kResetHand = 0x80000000,  // SA_RESETHAND
  kExposeTagBits = 0x800,   // SA_EXPOSE_TAGBITS: kept and reported, as Linux does; it means nothing here
};

// si_code, with Linux's values.
enum Code : int32_t {
  kUser = 0,       // SI_USER: kill()
  kKernel = 0x80,  // SI_KERNEL: interval timers, the terminal
  kQueue = -1,     // SI_QUEUE: sigqueue()
  kTimer = -2,     // SI_TIMER
  kThread = -6,    // SI_TKILL: raise(), pthread_kill()
};

// siginfo_t with the layout of 32-bit musl, so that it can be handed to handlers as it is (checked in posix/).
struct SigInfo {
  int32_t signo = 0;
  int32_t error = 0;
  int32_t code = 0;
  int32_t pid = 0;
  uint32_t uid = 0;
  int64_t value = 0;   // si_value: a pointer's or an int's bits
  int32_t status = 0;  // si_status, SIGCHLD only
  int64_t band = 0;    // si_band, SIGIO only
};

// How a caught signal is handed to code. Without `invoke`, `handler` is a function that takes the number. `invoke` is a
// function of the layer above (posix/, emulated/, a test), because the shapes of siginfo_t and ucontext_t are that
// layer's business.
struct Accepted;
using Handler = void (*)(int signo);
using Invoke = void (*)(Accepted& accepted);

enum class Disposition : uint8_t { kDefault, kIgnore, kCatch };

struct Action {
  Disposition disposition = Disposition::kDefault;
  uint32_t flags = 0;
  SignalSet mask;           // sa_mask: blocked during the handler, besides the signal itself
  Invoke invoke = nullptr;  // kCatch only
  uintptr_t handler = 0;    // a Handler, or `invoke`'s own. 0 when SA_RESETHAND has made it kDefault
};

// A signal whose handler is set up.
struct Accepted {
  int signo;       // 0: none
  uint32_t flags;  // of the action, as it was when the handler was set up
  Invoke invoke;
  uintptr_t handler;
  Origin origin;
  SignalSet restore;  // the mask that returns after the handler; `invoke` may change it (ucontext_t.uc_sigmask)
};

enum class How { kBlock, kUnblock, kSetMask };
enum class TimerKind { kReal, kVirtual, kProf };  // ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF

// sigev_notify: SIGEV_SIGNAL, SIGEV_NONE, SIGEV_THREAD_ID.
enum class TimerNotice : uint8_t { kSignal, kNone, kThread };
enum class TimerClock : uint8_t { kRealtime, kMonotonic, kProcess, kThread };  // the last two: of processor time

struct TimerEvent {
  TimerNotice notice = TimerNotice::kSignal;
  int signo = 0;
  int32_t value = 0;   // si_value
  int32_t thread = 0;  // kThread: as thread_number() names threads
};

struct TimerValue {
  int64_t value_ns = 0;     // until the next expiry; 0: disarmed
  int64_t interval_ns = 0;  // reload; 0: once
};

enum Delivered : int { kNone = 0, kRestarts = 1, kInterrupts = 2 };

#if defined(WSIG_SINGLE_THREAD)
inline constexpr int kMaxThreads = 1;
#else
// More threads share the first one's record (documented in docs/platforms.md)
inline constexpr int kMaxThreads = 128;
#endif
inline constexpr int kMaxPosixTimers = 64;
inline constexpr int kMaxQueued = 1024;  // real-time signals pending in the process, all threads together
inline constexpr int kMaxNested = 64;    // handlers set up before the first of them runs

}  // namespace wasmsig::process
