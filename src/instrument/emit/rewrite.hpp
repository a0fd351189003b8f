// Why: docs/rationale.md#why-does-a-small-function-continue-in-an-outlined-copy
// Why: docs/rationale.md#why-are-small-inner-loops-unrolled
//
// Copies the body of a function, and adds checks to the chosen loops and, if chosen, to the function's entry.
//
// A loop becomes
//
//     (block $done T
//       (loop $again T
//         (block $check P
//           (loop $L T  WANTED  br_if $check  PASSED  ...original body...)
//           (br $done))
//         SLOW
//         (br $again)))
//
// T is the loop's own type; P takes and returns T's parameters. So a loop may be in any place: operands below it stay
// on the stack, its results leave with `br $done`, and its parameters pass through the check and SLOW unchanged. The
// loop itself contains no call, or engines would keep the registers of the whole loop free for it. A loop that checks
// once in kUnroll rounds has its body unrolled that many times; a branch to its header continues in the next copy:
//
//           (loop $L T  WANTED  br_if $check  PASSED
//             (block $round P  ...original body...  (br $done))
//             ...
//             ...original body...)
//
// An entry gets
//
//     WANTED  (if SLOW)  PASSED
//
// or, with an outlined copy of the function,
//
//     WANTED  (if  local.get 0 ... call COPY  return)  PASSED          in the copy   SLOW
//
// Nothing changes but these bytes, the copies, and the depths of branches that leave a rewritten loop. Locals are added
// for a countdown (countdown.hpp), and in a function in which a longjmp lands (landing.hpp).
#pragma once

#include "instrument/emit/block_types.hpp"
#include "instrument/emit/countdown.hpp"
#include "instrument/emit/landing.hpp"

namespace wasmsig::instrument {

// The form of a check. kClobbered: the loop, or the function, contains a call that may write to any address, so no
// engine hoists a plain load out of it.
enum class Check : uint8_t { kNone, kUsual, kClobbered };

struct Checks {
  Check entry = Check::kNone;
  // Code that continues in the outlined copy when the check at the entry finds a signal; none: the slow path is called
  // there.
  Bytes away;
  uint32_t parameters = 0;           // of the function
  bool is_copy = false;              // this is that copy: it begins with the slow path
  Span<const Check> loops;           // in the order of their headers
  Span<const Decision> decided;      // which of them check once in kUnroll rounds
  Span<const uint8_t> begins;        // not 0 for an outermost loop, if a loop in it, or itself, has a check
  const Landing* landing = nullptr;  // where a longjmp out of its checks lands
};

// What rewriting gives besides the new body.
struct Rewritten {
  explicit Rewritten(Memory& memory) : labels(memory), unlikely(memory) {}

  // For each added label the number of the function's label before which it was put, ascending.
  List<uint32_t> labels;
  // The offsets in the new body of the branches to the slow paths, ascending.
  List<uint32_t> unlikely;
};

struct Emission {
  const Module& module;
  const CheckForms& forms;
  const Jumps& jumps;
  BlockTypes& types;
  Writer& out;
};

void rewrite_body(const Emission& emission, Memory& memory, const Range& body, const Checks& checks, Rewritten& result);

}  // namespace wasmsig::instrument
