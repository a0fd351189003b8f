// What a rewritten function has in which a longjmp lands (landing.hpp).
#include "instrument/emit/rewriter.hpp"

namespace wasmsig::instrument {
namespace {

// The level in $caught.
constexpr uint32_t kCaught = 2;

}  // namespace

void Rewriter::instruction_with_landing(uint8_t opcode, uint32_t immediate, uint32_t at, uint32_t after) {
  const Landing::Keeping* const keeping = landing_->keeping_at(at);
  if (keeping) {
    copy_to(at);
    for (const Landing::Kept& kept : landing_->kept) {
      get(kept.local);
      set(kept.in);
    }
    if (landing_->last >= 0)
      set_constant(last(), keeping->handler < 0 ? 0 : static_cast<uint32_t>(keeping->handler) - landing_->start);
  }
  if (const Place* const found = place(at)) return arrive(*found, after);
  // A call of a function out of which a jump may come although the compiler assumes otherwise.
  if (opcode != op::kCall || keeping || !jumps_.is_jumper(immediate)) return;
  copy_to(at);
  Writer type(frames_.memory(), 8);
  type.s32(static_cast<int32_t>(module_.function_types[immediate]));
  begin_catching(type.bytes(), level_);
  copy_to(after);
  end_catching(level_);
}

// The slow path of a loop. `level`: how many constructs are open around it.
void Rewriter::slow(uint32_t level) {
  if (!landing_) return out_.append(loop_form_.slow);
  static constexpr uint8_t kNoResult = type::kVoid;
  begin_catching({&kNoResult, 1}, level);
  out_.append(loop_form_.slow);
  end_catching(level);
}

// Begins code in which a longjmp is caught. `type`: of the block that this code is; `level`: how many constructs are
// open around it.
void Rewriter::begin_catching(Bytes type, uint32_t level) {
  if (landing_->older) {
    with_index(op::kGlobalGet, landing_->older->stack_pointer);
    set(landing_->jump + 2);
  }
  add_labels(1);
  out_.u8(landing_->legacy ? op::kTry : op::kTryTable);
  out_.append(type);
  if (landing_->legacy) return;
  out_.op(1, 0);  // one handler, which takes only the operand
  out_.u32(landing_->tag);
  out_.u32(level - kCaught);
}

void Rewriter::end_catching(uint32_t level) {
  if (landing_->legacy) {
    if (landing_->older) {
      out_.u8(op::kCatchAll);
      // The exception is no jump, or no call that could have thrown it was made yet.
      word(landing_->older->threw, op::kI32Load);
      out_.op(op::kI32Eqz);
      get(last());
      out_.op(op::kI32Eqz, op::kI32Or, op::kIf, type::kVoid, op::kRethrow, 1, op::kEnd);
      add_labels(1);
    } else {
      with_index(op::kCatch, landing_->tag);
    }
    with_index(op::kBr, level + 1 - kCaught);
  }
  out_.u8(op::kEnd);
}

// Accesses a word of the older longjmp. `value`: the local whose value is stored; -1: the constant 0 is.
void Rewriter::word(const OlderLongjmp::Word& word, uint8_t opcode, int64_t value) {
  out_.append(word.address);
  if (opcode == op::kI32Store) {
    if (value >= 0)
      get(static_cast<uint32_t>(value));
    else
      constant(0);
  }
  out_.u8(opcode);
  out_.append(word.operand);
}

void Rewriter::open_home(uint32_t at) {
  out_.op(op::kLoop, type::kVoid, op::kBlock, landing_->older ? type::kVoid : type::kI32);  // $home, $caught
  add_labels(2);
  level_ = kCaught;
  enter(*landing_->body, at, nullptr);
}

void Rewriter::end_home(uint32_t after) {
  copy_to(after - 1);
  out_.op(op::kReturn, op::kEnd);  // end of $caught
  save_jump();
  choose_way();
  for (const Landing::Kept& kept : landing_->kept) {
    get(kept.in);
    set(kept.local);
  }
  out_.op(op::kBr, 0, op::kEnd, op::kUnreachable);  // br $home, its end
  copy_to(after);
}

void Rewriter::save_jump() {
  const OlderLongjmp* const older = landing_->older;
  if (!older) return set(landing_->jump);
  word(older->threw, op::kI32Load);
  set(landing_->jump);
  word(older->value, op::kI32Load);
  set(landing_->jump + 1);
  word(older->threw, op::kI32Store);
  get(landing_->jump + 2);
  with_index(op::kGlobalSet, older->stack_pointer);
}

void Rewriter::choose_way() {
  if (landing_->last < 0) return set_constant(landing_->way, landing_->only - landing_->start);
  get(last());
  if (!landing_->older) {
    out_.op(op::kI32Eqz);
    mark_unlikely();
    out_.op(op::kIf, type::kVoid);
    get(landing_->jump);
    with_index(op::kThrow, landing_->tag);
    out_.u8(op::kEnd);
    add_labels(1);
    get(last());
  }
  set(landing_->way);
}

// Begins a part of a construct into which the path may lead. `after`: where its code begins; `construct`: the one that
// begins here, if one does.
void Rewriter::enter(const Arm& arm, uint32_t after, const Place* construct) {
  copy_to(after);
  save(arm.begins);
  if (construct) land(*construct);
  const uint32_t places = arm.places.size();
  if (places == 0) return restore(arm.begins);
  for (uint32_t i = 0; i < places; ++i) out_.op(op::kBlock, type::kVoid);  // $skip, the first place's innermost
  get(landing_->way);
  mark_unlikely();
  out_.op(op::kIf, type::kVoid);
  for (uint32_t i = places; i > 0; --i) skip_to(*arm.places[i - 1].place, i);
  out_.u8(op::kEnd);
  add_labels(places + 1);
  level_ += places;
  restore(arm.begins);
}

// Leaves for a place if WAY is not before it. `skip`: the depth of its $skip.
void Rewriter::skip_to(const Place& place, uint32_t skip) {
  if (place.is_if) {
    get(landing_->way);
    const Arm& other = place.arm(Part::kElse);
    constant(other.is_there && !other.places.empty() ? other.from - landing_->start : UINT32_MAX);
    out_.op(op::kI32LtU);
    set(landing_->condition);
  }
  constant(place.at - landing_->start);
  get(landing_->way);
  out_.op(op::kI32LeU, op::kBrIf);
  out_.u32(skip);
}

// Ends the $skip block of a place to which the path may lead: a construct that is about to begin, or the end of a call.
void Rewriter::arrive(const Place& place, uint32_t at) {
  copy_to(at);
  if (place.is_if) set(landing_->condition);
  save(place.spilled);
  out_.u8(op::kEnd);  // of $skip
  level_--;
  if (place.is_call) land_behind(place.at);
  restore(place.spilled);
  if (place.is_if) get(landing_->condition);
}

void Rewriter::save(Span<uint32_t> locals) {
  for (uint32_t i = locals.size; i > 0; --i) set(locals[i - 1]);
}

void Rewriter::restore(Span<uint32_t> locals) {
  for (const uint32_t local : locals) get(local);
}

// Throws again the jump that a check has caught, or leads on into the handler.
void Rewriter::land(const Place& construct) {
  if (construct.lands) {
    begin_on_way(op::kI32Eq, construct.at);
    set_constant(landing_->way, 0);
    get(landing_->jump);
    with_index(op::kThrow, landing_->tag);
    end_on_way();
  }
  const Arm& handler = construct.arm(Part::kCatch);
  if (!handler.is_there || handler.places.empty()) return;
  begin_on_way(op::kI32GeU, handler.from);
  constant(0);
  with_index(op::kThrow, landing_->tag);
  end_on_way();
}

// Makes the code after a call by the older longjmp find the jump.
void Rewriter::land_behind(uint32_t at) {
  const OlderLongjmp* const older = landing_->older;
  if (!older) return;
  begin_on_way(op::kI32Eq, at);
  set_constant(landing_->way, 0);
  word(older->threw, op::kI32Store, landing_->jump);
  word(older->value, op::kI32Store, int64_t{landing_->jump} + 1);
  end_on_way();
}

// Begins code for when WAY compares so with a place.
void Rewriter::begin_on_way(uint8_t comparison, uint32_t place) {
  get(landing_->way);
  constant(place - landing_->start);
  out_.op(comparison);
  mark_unlikely();
  out_.op(op::kIf, type::kVoid);
}

void Rewriter::end_on_way() {
  out_.u8(op::kEnd);
  add_labels(1);
}

}  // namespace wasmsig::instrument
