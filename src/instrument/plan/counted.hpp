// Why: docs/rationale.md#why-may-a-loop-have-no-safe-point
//
// Determines the trip count of a counted loop, that is, one whose back edge is
//
//     (br_if $loop (COMPARE (local.tee $i (i32.add (local.get $i) (i32.const STEP))) (i32.const BOUND)))
//
// or the same without a comparison (with 0). It does not estimate: the rounds are counted with the same 32-bit
// arithmetic, which covers an overflow, a step that misses the bound, and a comparison that is always true. trips()
// shows that nothing else can change the counter.
#pragma once

#include "instrument/wasm/opcodes.hpp"

namespace wasmsig::instrument {

class CountedLoops {
 public:
  // An open construct, as far as it matters here.
  struct Construct {
    uint32_t level;   // how many loops are open in it, itself included
    uint32_t part;    // changes at each else and catch
    uint32_t opened;  // the time when it began
  };

  explicit CountedLoops(Memory& memory) : writes_(memory) {}

  // Starts a function.
  void clear() {
    time_ = 0;
    straight_ = 0;
    function_++;
  }

  uint32_t time() const { return time_; }

  // Called where a construct begins, ends or branches.
  void interrupt() {
    time_++;
    straight_ = 0;
  }

  // `depth`, `part`: of the innermost open construct.
  void instruction(uint8_t opcode, uint32_t immediate, uint32_t depth, uint32_t part) {
    if (opcode == op::kLocalSet || opcode == op::kLocalTee) record(immediate, depth, part);
    time_++;
    opcodes_[time_ % kWindow] = opcode;
    immediates_[time_ % kWindow] = immediate;
    straight_++;
  }

  // The trip count of the innermost open construct, a loop, for each entry, if the br_if to it that comes now is its
  // only back edge; 0: unknown, or more than `most`. It is called where the branch is directly in the loop, not within
  // another construct of it. `constructs(depth)` gives a Construct; `last` is the depth of the loop.
  template <class Constructs>
  uint32_t trips(const Constructs& constructs, uint32_t last, uint32_t most) const;

 private:
  struct Write {
    uint32_t time;   // when it was made
    uint32_t depth;  // the depth of the construct that contains it
    uint32_t part;   // the part of that construct
    int32_t value;   // the constant that was written
    bool is_constant;
    bool is_made;
  };
  // The last two writes of a local, in the function of this number.
  struct Writes {
    uint32_t function;
    Write last;
    Write before;
  };
  // What the code before a back edge does to the counter.
  struct Step {
    uint32_t local;
    uint32_t step;
    uint8_t compare;
    int32_t bound;
    bool is_found;
  };

  static constexpr uint32_t kWindow = 8;        // how many instructions back the pattern of a loop's counter reaches
  static constexpr uint32_t kMaxLocal = 65536;  // over what engines accept

  void record(uint32_t local, uint32_t depth, uint32_t part);
  Step find_step() const;
  static bool holds(uint8_t compare, int32_t a, int32_t b);
  uint8_t opcode_back(uint32_t back) const { return opcodes_[(time_ + 1 - back) % kWindow]; }
  uint32_t immediate_back(uint32_t back) const { return immediates_[(time_ + 1 - back) % kWindow]; }

  uint32_t time_ = 0;
  uint32_t straight_ = 0;  // how many of the last instructions follow each other without a branch or label between them
  uint32_t function_ = 0;
  uint8_t opcodes_[kWindow] = {};
  uint32_t immediates_[kWindow] = {};
  List<Writes> writes_;  // by local
};

// Why nothing else changes the counter. (1) Between the branch's step and the loop's header there is no other write in
// the text, and code of the loop after the branch runs only when the loop is left; so each round makes exactly this
// step. (2) The previous write, of a constant, precedes the loop and is in a part of a construct that is still open, so
// every path to the loop's header from outside passes it. No loop was opened since, so no back edge leads in between.
// And no other write is between them in the text.
template <class Constructs>
uint32_t CountedLoops::trips(const Constructs& constructs, uint32_t last, uint32_t most) const {
  const Step step = find_step();
  if (!step.is_found || step.local >= writes_.size() || writes_[step.local].function != function_) return 0;
  const Write& start = writes_[step.local].before;
  const Construct loop = constructs(last);
  if (!start.is_made || !start.is_constant || start.time > loop.opened || start.depth >= last) return 0;
  const Construct around = constructs(start.depth);
  if (around.part != start.part || around.level != loop.level - 1) return 0;

  uint32_t trips = 1;
  for (uint32_t i = static_cast<uint32_t>(start.value) + step.step;
       holds(step.compare, static_cast<int32_t>(i), step.bound); i += step.step)
    if (++trips > most) return 0;
  return trips;
}

}  // namespace wasmsig::instrument
