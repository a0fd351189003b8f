// A program of signal operations: what is generated, run on both sides, shrunk, and kept as text. Script 0 is main, then come the
// bodies of handlers, then the other threads. Fixed sizes and no pointers, so that running one allocates nothing (it happens inside signal handlers).
#pragma once

#include <stdint.h>

#include <string>

namespace wasmsig::parity {

enum class Kind : uint8_t {
  kSigaction, kSigactionGet, kRaise, kKill, kSigqueue, kPthreadSigqueue, kSigprocmask, kSigprocmaskGet, kSigpending, kSigsuspend,
  kSigtimedwait, kSigwaitinfo, kNanosleep, kSetitimer, kGetitimer, kAlarm, kExpire, kCheckpoint, kJump, kReturnMask,
  kSendWhile, kPthreadKill, kWhenStopped, kOtherSends, kAtOnce,
  kTimerCreate, kTimerSettime, kTimerGettime, kTimerGetoverrun, kTimerDelete, kTimerExpire, kTimerOverdue,
};
inline constexpr int kKinds = 32;
inline constexpr int kMostWhenStopped = 8;

enum Target : int32_t { kSelf, kOwnGroup, kGroupOfSelf, kNobody };  // pid, 0, -pid, a pid that cannot exist
enum Receiver : int32_t { kCaller, kThread };                       // of a thread-directed signal. kThread + n: thread n, 0 is main's
enum Sleep : int32_t { kPausing, kNanosleeping, kSuspending, kTimedWaiting, kWaiting };
enum Handling : int32_t { kDefault, kIgnore, kHandler };            // kHandler + n: script n

// What another process sends: by kill(), or with a value by sigqueue().
struct Sending {
  int32_t signo = 0;
  bool queued = false;
  int32_t value = 0;
};
inline constexpr int kMostAtOnce = 16;
inline constexpr int kPosixTimers = 3;  // that a program names

// What the fields mean depends on the kind: the table in program.cpp.
struct Op {
  Kind kind = Kind::kSigpending;
  int32_t signo = 0;
  int32_t a = 0;
  int64_t b = 0;
  int64_t c = 0;
  uint64_t set = 0;
};

inline constexpr int kHandlers = 4;
inline constexpr int kThreads = 2;     // besides main's
inline constexpr int kFirstThread = 1 + kHandlers;
inline constexpr int kScripts = kFirstThread + kThreads;
inline constexpr int kOps = 32;        // of a script
inline constexpr int kBudget = 60;     // operations that a run executes; fewer than the frames that are set up at once at most

struct Script {
  int count = 0;
  Op ops[kOps];
};

struct Program {
  Script scripts[kScripts];

  int operations() const {
    int sum = 0;
    for (const Script& script : scripts) sum += script.count;
    return sum;
  }
  // With main's: the others exist if they have something to do.
  int threads() const {
    int count = 1;
    for (int thread = 1; thread <= kThreads; thread++) {
      if (scripts[kFirstThread + thread - 1].count) count = thread + 1;
    }
    return count;
  }
};

// The signals that the program names: dispositions are only looked at for these.
uint64_t signals_of(const Program& program);

std::string text_of(const Op& op);
std::string text_of(const Program& program);
std::string text_of_signal(int signo);
std::string text_of_set(uint64_t set);
std::string text_of_flags(uint32_t flags);
std::string text_of_handling(int32_t handling);

std::string text_of_script(int script);

// False: `error` says what and where. Lines that begin with # or // are comments.
bool parse(const std::string& text, Program* program, std::string* error);

// kInside: all sends but those to sleepers and to who is stopped are the program's own. kOutside: another process sends most, and there are no other threads.
enum class Mode { kInside, kOutside };

// Program number `index` of a seed.
Program generate(Mode mode, uint64_t seed, uint64_t index);

}  // namespace wasmsig::parity
