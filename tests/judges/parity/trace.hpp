// What a run did, in order. Plain memory of a fixed size: one side writes it in a forked child, from signal handlers.
#pragma once

#include <stdint.h>

#include <string>

#include "program.hpp"

namespace wasmsig::parity {

enum class What : uint8_t {
  kResult,    // an operation returned: result, and what else it gave
  kSkipped,   // an operation that would have waited for ever
  kBegins,    // a handler: signo, its siginfo, set = blocked now, other = blocked when it returns
  kEnds,
  kJumped,    // arrived at the checkpoint
  kStopped, kKilled, kStuck,  // the process
  kSleeps,    // a thread sleeps though all others are through
  kFinal,     // set = blocked, other = pending
  kLeft,      // was still pending: signo with its siginfo, in the order of acceptance
  kAction,    // was the disposition at the end
};

enum Sender : int32_t { kKernelSent, kSelfSent, kOtherSent };  // si_pid

struct Event {
  What what = What::kResult;
  uint8_t depth = 0;   // how many handlers are running
  uint8_t thread = 0;  // 0: main's
  uint8_t script = 0;  // the operation
  uint8_t index = 0;
  int32_t result = 0;  // or a negative errno
  int32_t signo = 0;
  int32_t code = 0;
  int32_t sender = 0;
  int32_t value = 0;
  int32_t timer = 0;  // SI_TIMER: which of the program's, from 1 on; 0: none that it has
  int32_t overrun = 0;
  uint64_t set = 0;
  uint64_t other = 0;

  friend bool operator==(const Event&, const Event&) = default;
};

struct Trace {
  static constexpr int kMost = 400;

  int count = 0;
  int executed = 0;  // operations
  Event events[kMost];

  void clear() { count = executed = 0; }
  void add(const Event& event) {
    if (count < kMost) events[count++] = event;
  }
};

// The index of the first event that differs, or -1.
int first_difference(const Trace& a, const Trace& b);

std::string text_of(const Event& event, const Program& program);
std::string text_of(const Trace& trace, const Program& program);

// Both, line by line, the first difference marked.
std::string side_by_side(const Trace& left, const Trace& right, const Program& program);

}  // namespace wasmsig::parity
