// Why: docs/rationale.md#why-does-a-countdown-count-in-a-local
//
// The checks of code that cannot load a doorbell: they are counted. The slow path says how many checks may be skipped.
//
//     (global $count (mut i32) (i32.const 0))   how many checks may be skipped, at most 0: the next one asks
//     (global $rounds (mut i32) (i32.const 0))  how many rounds of loops one part of that is
//     (func $wasmsig_refill (result i32)        takes a part; its rounds, at least 1, and one more
//       (local $left i32)
//       (if (i32.lt_s (local.tee $left (i32.sub (global.get $count) (global.get $rounds))) (i32.const 1))
//         (then  $left = SAFE POINT))
//       $count = $left;  $rounds = $left, but at least 1 and at most kMostRounds
//       (i32.add (global.get $rounds) (i32.const 1)))
//
// An entry counts in the global. A loop counts in a local, because a global is in memory: each round would wait until
// the store of the round before is done. The local belongs to an activation, and the outermost loop that has a check in
// it begins it:
//
//     $count -= 1;  $left = $count > 0 ? $rounds : 1
//     (loop  ...
//       (loop $L  (local.tee $left (i32.sub (local.get $left) (i32.const 1)))  (br_if $check (i32.eqz))
//       ...
//       $check:  $left = 1;  $left = $wasmsig_refill
//
// So a loop of a few rounds costs what an entry does, and an activation runs at most kMostRounds rounds that are not
// counted: what is counted and what is run differ by that factor at most. A $left of 1 asks. It is at least 1 wherever a
// round begins, also after an exception out of the slow path, and at least 2 when that returns, so a round is made.
#pragma once

#include "instrument/emit/check_form.hpp"
#include "instrument/emit/sections.hpp"

namespace wasmsig::instrument {

struct Countdown {
  static constexpr int32_t kMostRounds = 64;
  static constexpr uint32_t kGlobals = 2;
  static constexpr const char* kName = "wasmsig_refill";

  uint32_t refill;  // the index of the function
  uint32_t count;   // of the global; that of $rounds follows

  uint32_t rounds() const { return count + 1; }
};

// The check at an entry, and in a loop of a function that has no room for another local.
CheckForm countdown_form(Memory& memory, const Countdown& countdown);

// The check of a loop. `left`: the index of the local.
CheckForm counted_loop_form(Memory& memory, const Countdown& countdown, uint32_t left);

// What comes before the outermost loop.
Bytes begin_counting(Memory& memory, const Countdown& countdown, uint32_t left);

// The forms of a module's checks.
struct CheckForms {
  CheckForm usual;
  bool is_countdown = false;
  Countdown countdown{};
  int64_t asyncify_state = -1;

  // What is added to a check of a program that Asyncify has rewritten.
  CheckForm in_module(Memory& memory, const CheckForm& form) const {
    return asyncify_state < 0 ? form : asyncified_form(memory, form, static_cast<uint32_t>(asyncify_state));
  }
};

// Appends the globals, and the function. `type`: that of the slow path; `code`: ends with the bodies of the functions
// before it.
void append_countdown(const Countdown& countdown, uint32_t type, uint32_t safe_point, Appended& appended, Writer& code);

}  // namespace wasmsig::instrument
