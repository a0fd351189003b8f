#include "instrument/emit/rewriter.hpp"

namespace wasmsig::instrument {
namespace {

// How many labels are put around a loop, outside of its own.
constexpr uint32_t kLabelsOfLoop = 3;
// The engines' common limit on the locals of a function.
constexpr uint64_t kMaxLocals = 50000;

// How many locals a function declares.
uint64_t count_locals(const Module& module, const Range& body) {
  uint64_t count = 0;
  Reader reader(module.bytes, body);
  for (uint32_t groups = reader.u32(); groups > 0 && reader.ok(); --groups) {
    count += reader.u32();
    reader.skip_value_type();
  }
  return count;
}

}  // namespace

Rewriter::Rewriter(const Emission& emission, Memory& memory, const Range& body, const Checks& checks, Rewritten& result)
    : module_(emission.module),
      checks_(checks),
      form_(emission.forms.usual),
      loop_form_(form_),
      jumps_(emission.jumps),
      landing_(checks.landing),
      types_(emission.types),
      out_(emission.out),
      result_(result),
      base_(emission.out.size()),
      copied_(body.start),
      frames_(memory),
      places_(memory) {
  frames_.push({0, 0, landing_ ? End::kHome : End::kUnchanged, 0, -1});
  if (landing_) places_.push({nullptr});
  if (emission.forms.is_countdown) count_in_local(emission, memory, body);
}

// Lets the function's loops count in a local, if it has a loop with a check.
void Rewriter::count_in_local(const Emission& emission, Memory& memory, const Range& body) {
  bool counts = false;
  for (const uint8_t begins : checks_.begins) counts = counts || begins != 0;
  if (!counts) return;
  uint64_t left = checks_.parameters + count_locals(module_, body);
  if (landing_) left += landing_->locals.size;
  if (left >= kMaxLocals) return;
  const CheckForms& forms = emission.forms;
  const auto local = static_cast<uint32_t>(left);
  loop_form_ = forms.in_module(memory, counted_loop_form(memory, forms.countdown, local));
  begin_counting_ = begin_counting(memory, forms.countdown, local);
}

// `at`: behind the locals.
void Rewriter::add_locals(uint32_t at) {
  const bool counts = !begin_counting_.empty();
  Reader reader(module_.bytes, {copied_, at});
  out_.u32(reader.u32() + (landing_ ? landing_->locals.size : 0) + (counts ? 1 : 0));
  copied_ = reader.pos();
  copy_to(at);
  if (landing_)
    for (const uint8_t type : landing_->locals) out_.op(1, type);
  if (counts) out_.op(1, type::kI32);
}

void Rewriter::begin(uint32_t at) {
  if (landing_ || !begin_counting_.empty()) add_locals(at);
  if (checks_.entry != Check::kNone || checks_.is_copy) check_entry(at);
  if (landing_) open_home(at);
}

void Rewriter::check_entry(uint32_t at) {
  copy_to(at);
  if (checks_.is_copy) return out_.append(form_.slow);
  out_.append(wanted(form_, checks_.entry));
  mark_unlikely();
  out_.op(op::kIf, type::kVoid);
  // A jump from here never lands in this function: none of its code has run.
  out_.append(checks_.away.empty() ? form_.slow : checks_.away);
  out_.op(op::kEnd);
  out_.append(form_.passed);
  add_labels(1);
}

void Rewriter::handlers(uint32_t at) {
  if (const Place* const found = place(at)) arrive(*found, at);
}

void Rewriter::open(uint8_t opcode, uint32_t at, uint32_t after, int64_t type) {
  const Place* const found = place(at);
  if (found && opcode != op::kTryTable) arrive(*found, at);
  const Check check = opcode == op::kLoop ? begin_loop(at) : Check::kNone;
  if (check != Check::kNone) {
    // A landing needs a single copy.
    open_loop(at, after, type, check, checks_.decided[loops_ - 1] == Decision::kUnrolled && !found);
  } else {
    if (again_)
      add_labels(1);
    else
      labels_++;
    push(1, End::kUnchanged);
  }
  if (!landing_) return;
  places_.push({found});
  if (found && found->arm(Part::kFirst).is_there) enter(found->arm(Part::kFirst), after, found);
}

// What comes before a loop. Returns its check.
Check Rewriter::begin_loop(uint32_t at) {
  const uint32_t loop = loops_++;
  if (loop >= checks_.loops.size) return Check::kNone;
  if (!begin_counting_.empty() && checks_.begins[loop] != 0) {
    copy_to(at);
    out_.append(begin_counting_);
  }
  return checks_.loops[loop];
}

void Rewriter::push(uint32_t levels, End end, uint32_t at, int64_t type) {
  const uint32_t outside = level_;
  level_ += levels;
  frames_.push({level_, outside, end, at, type});
}

void Rewriter::open_loop(uint32_t at, uint32_t after, int64_t type, Check check, bool is_unrolled) {
  const Bytes block_type{module_.bytes.data + at + 1, after - at - 1};
  copy_to(at);
  out_.op(op::kBlock);  // $done
  out_.append(block_type);
  out_.op(op::kLoop);  // $again
  out_.append(block_type);
  open_parameters(type);  // $check
  out_.op(op::kLoop);     // $L
  out_.append(block_type);
  out_.append(wanted(loop_form_, check));
  mark_unlikely();
  out_.op(op::kBrIf, 0x01);  // $check
  out_.append(loop_form_.passed);
  copied_ = after;
  add_labels(kLabelsOfLoop);
  labels_++;
  if (is_unrolled)
    open_round(type, End::kFirstRound, after);
  else
    push(kLabelsOfLoop + 1, End::kLoop);
}

// Opens a block that takes and returns the parameters of a loop.
void Rewriter::open_parameters(int64_t type) {
  out_.op(op::kBlock);
  if (type < 0) return out_.op(type::kVoid);
  types_.write(type > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(type), out_);
}

// Opens any unrolled round but the last.
void Rewriter::open_round(int64_t type, End end, uint32_t at) {
  open_parameters(type);  // $round
  add_labels(1);
  push(kLabelsOfLoop + 2, end, at, type);
}

// Copies the other rounds, at the end of the first. `body`: where it began; `after`: behind the loop.
void Rewriter::repeat(uint32_t body, uint32_t after, int64_t type) {
  copy_to(after - 1);
  again_ = true;
  for (uint32_t round = 2; round <= kUnroll; ++round) {
    out_.op(op::kBr, 0x04, op::kEnd);  // br $done, end of $round
    if (round < kUnroll)
      open_round(type, End::kRound, after);
    else
      push(kLabelsOfLoop + 1, End::kRound, after);
    if (landing_) places_.push({nullptr});  // a loop on the path has one copy
    copied_ = body;
    Reader reader(module_.bytes, {body, after});
    Walk<Rewriter>(reader, *this).instructions(frames_.size());
  }
  again_ = false;
  end_loop(after);
}

void Rewriter::end_loop(uint32_t after) {
  copy_to(after);
  out_.op(op::kBr, 0x02, op::kEnd);  // br $done, end of $check
  slow(level_ + 2);
  out_.op(op::kBr, 0x00, op::kEnd, op::kEnd);  // br $again, end of $again, end of $done
}

void Rewriter::arm(uint8_t /*opcode*/, uint32_t after) {
  const Place* const found = landing_ ? places_.last().place : nullptr;
  if (!found) return;
  for (const Arm& arm : found->arms)
    if (arm.is_there && arm.from == after) return enter(arm, after, nullptr);
}

void Rewriter::close(uint32_t after) {
  const Frame frame = frames_.pop();
  if (landing_) places_.pop();
  level_ = frame.outside;
  switch (frame.end) {
    case End::kUnchanged: break;
    case End::kHome: return end_home(after);
    case End::kLoop: return end_loop(after);
    case End::kFirstRound: return repeat(frame.at, after, frame.type);
    case End::kRound: return copy_to(frame.at - 1);
  }
}

void Rewriter::branch(uint8_t /*opcode*/, uint32_t depth, uint32_t at, uint32_t after) {
  const uint32_t new_depth = level_ - frames_[frames_.size() - 1 - depth].level;
  if (new_depth == depth) return;
  copy_to(at);
  out_.u32(new_depth);
  copied_ = after;
}

void rewrite_body(const Emission& emission, Memory& memory, const Range& body, const Checks& checks,
                  Rewritten& result) {
  result.labels.clear();
  result.unlikely.clear();
  Rewriter rewriter(emission, memory, body, checks, result);
  Reader reader(emission.module.bytes, body);
  walk_body(reader, rewriter);
  rewriter.finish(body.end);
}

}  // namespace wasmsig::instrument
