// The visitor that rewrites a body (rewrite.hpp).
#pragma once

#include "instrument/emit/rewrite.hpp"

namespace wasmsig::instrument {

class Rewriter : public Visitor {
 public:
  Rewriter(const Emission& emission, Memory& memory, const Range& body, const Checks& checks, Rewritten& result);

  // What the walk calls.
  void begin(uint32_t at);
  void handlers(uint32_t at);
  void open(uint8_t opcode, uint32_t at, uint32_t after, int64_t type);
  void arm(uint8_t opcode, uint32_t after);
  void close(uint32_t after);
  void branch(uint8_t opcode, uint32_t depth, uint32_t at, uint32_t after);
  void instruction(uint8_t opcode, uint32_t immediate, uint32_t at, uint32_t after) {
    if (landing_) instruction_with_landing(opcode, immediate, at, after);
  }
  void finish(uint32_t end) { copy_to(end); }

 private:
  // What is written where a construct of the original code ends.
  enum class End : uint8_t { kUnchanged, kHome, kLoop, kFirstRound, kRound };
  // Null: the path does not go through the construct.
  struct OnPath {
    const Place* place;
  };
  // An open construct of the original code, or the function.
  struct Frame {
    uint32_t level;    // how many constructs are open in it in the new code; a branch's depth is the difference from it
    uint32_t outside;  // the same outside of it
    End end;
    uint32_t at;   // kFirstRound: where the body of the loop begins; kRound: behind the loop
    int64_t type;  // kFirstRound: of the loop
  };

  void push(uint32_t levels, End end, uint32_t at = 0, int64_t type = -1);
  void add_labels(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) result_.labels.push(labels_);
  }
  void mark_unlikely() { result_.unlikely.push(out_.size() - base_); }
  static Bytes wanted(const CheckForm& form, Check check) {
    return check == Check::kClobbered ? form.wanted_plain : form.wanted;
  }
  void count_in_local(const Emission& emission, Memory& memory, const Range& body);
  void check_entry(uint32_t at);
  Check begin_loop(uint32_t at);
  void open_loop(uint32_t at, uint32_t after, int64_t type, Check check, bool is_unrolled);
  void open_parameters(int64_t type);
  void open_round(int64_t type, End end, uint32_t at);
  void repeat(uint32_t body, uint32_t after, int64_t type);
  void end_loop(uint32_t after);
  void copy_to(uint32_t at) {
    out_.copy(module_.bytes, copied_, at);
    copied_ = at;
  }

  void add_locals(uint32_t at);

  // With a landing.
  void instruction_with_landing(uint8_t opcode, uint32_t immediate, uint32_t at, uint32_t after);
  const Place* place(uint32_t at) const { return landing_ ? landing_->place(at) : nullptr; }
  void open_home(uint32_t at);
  void end_home(uint32_t after);
  void save_jump();
  void choose_way();
  void begin_catching(Bytes type, uint32_t level);
  void end_catching(uint32_t level);
  void slow(uint32_t level);
  void enter(const Arm& arm, uint32_t after, const Place* construct);
  void skip_to(const Place& place, uint32_t skip);
  void arrive(const Place& place, uint32_t at);
  void land(const Place& construct);
  void land_behind(uint32_t at);
  void begin_on_way(uint8_t comparison, uint32_t place);
  void end_on_way();
  void save(Span<uint32_t> locals);
  void restore(Span<uint32_t> locals);
  void word(const OlderLongjmp::Word& word, uint8_t opcode, int64_t value = -1);
  void with_index(uint8_t opcode, uint32_t index) {
    out_.u8(opcode);
    out_.u32(index);
  }
  void get(uint32_t local) { with_index(op::kLocalGet, local); }
  void set(uint32_t local) { with_index(op::kLocalSet, local); }
  void constant(uint32_t value) {
    out_.u8(op::kI32Const);
    out_.s32(static_cast<int32_t>(value));
  }
  void set_constant(uint32_t local, uint32_t value) {
    constant(value);
    set(local);
  }
  uint32_t last() const { return static_cast<uint32_t>(landing_->last); }

  const Module& module_;
  const Checks& checks_;
  const CheckForm& form_;
  CheckForm loop_form_;
  Bytes begin_counting_;  // empty: no local counts
  const Jumps& jumps_;
  const Landing* const landing_;
  BlockTypes& types_;
  Writer& out_;
  Rewritten& result_;
  const uint32_t base_;  // where the new body begins
  uint32_t copied_;      // up to here the original code was copied
  uint32_t loops_ = 0;
  uint32_t labels_ = 0;
  uint32_t level_ = 0;  // how many constructs are open at this place of the new code
  bool again_ = false;  // this code was copied before, and is now copied once more for an unrolled round
  List<Frame> frames_;
  List<OnPath> places_;  // which of the open constructs the path to a landing goes through
};

}  // namespace wasmsig::instrument
