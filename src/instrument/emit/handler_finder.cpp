#include "instrument/emit/handler_finder.hpp"

#include <new>

namespace wasmsig::instrument {
namespace {

bool has_unknown(Span<const uint8_t> types) {
  for (const uint8_t type : types)
    if (type == type::kNone) return true;
  return false;
}

// Calls that return.
bool is_call(uint8_t opcode) { return opcode == op::kCall || opcode == op::kCallIndirect || opcode == op::kCallRef; }

}  // namespace

HandlerFinder::HandlerFinder(Context& context, const Module& module, OperandTypes& types, const Locals& locals,
                             const Jumps& jumps)
    : Operands(context.scratch, module, types, locals),
      memory_(context.emission),
      jumps_(jumps),
      written_(context.scratch),
      writes_(context.scratch),
      keeping_(context.scratch),
      givers_(context.scratch),
      opened_(context.scratch),
      calls_(context.scratch) {
  push(0, op::kBlock, {});
}

void HandlerFinder::push(uint32_t at, uint8_t opcode, Types begins) {
  auto* const place = new (memory_.allocate(sizeof(Place))) Place(memory_);
  place->at = at;
  place->is_if = opcode == op::kIf;
  place->arm(Part::kFirst).is_there = true;
  place->arm(Part::kFirst).types = begins;
  opened_.push({place, Part::kFirst, -1, calls_.size(), -1});
}

void HandlerFinder::open(uint8_t opcode, uint32_t at, uint32_t after, int64_t type) {
  Operands::open(opcode, at, after, type);
  push(at, opcode, constructs_.last().params);
  if (next_tag_ >= 0) handles(next_tag_, false);
  next_tag_ = -1;
}

void HandlerFinder::catches(uint32_t tag, bool legacy) {
  Operands::catches(tag, legacy);
  if (!jumps_.is_tag(tag)) return;
  next_tag_ = tag;
  if (legacy) handles(tag, true);
}

// Called when the last construct catches longjmp.
void HandlerFinder::handles(int64_t tag, bool legacy) {
  Open& last = opened_.last();
  if (last.place->lands) return;
  if (tag_ < 0) {
    tag_ = tag;
    legacy_ = legacy;
  }
  last.place->lands = true;
  last.tag = tag;
}

void HandlerFinder::arm(uint8_t opcode, uint32_t after) {
  Operands::arm(opcode, after);
  Open& last = opened_.last();
  if (last.protected_end < 0) last.protected_end = calls_.size();
  last.part = Part::kNone;
  if (opcode == op::kElse)
    last.part = Part::kElse;
  else if (opcode == op::kCatch && next_tag_ == tag_ && !last.place->arm(Part::kCatch).is_there)
    last.part = Part::kCatch;
  next_tag_ = -1;
  if (last.part == Part::kNone) return;
  Arm& arm = last.place->arm(last.part);
  arm = Arm(memory_);
  arm.is_there = true;
  arm.from = after;
  arm.types = kept_operands(base(), stack_.size(), {});
}

void HandlerFinder::close(uint32_t after) {
  if (!constructs_.empty()) close_construct();
  Operands::close(after);
  give(op::kEnd);
}

void HandlerFinder::close_construct() {
  Open& last = opened_.last();
  Place& place = *last.place;
  const Construct construct = constructs_.last();
  if (place.lands) {
    const auto end = last.protected_end < 0 ? calls_.size() : static_cast<uint32_t>(last.protected_end);
    protect(place.at, last.calls, end);
    if (last.tag != tag_ || legacy_ != (module_.bytes[place.at] == op::kTry)) {
      place.lands = false;
      is_lost_ = true;
    }
  }
  finish(last, construct);
  opened_.pop();
}

// Makes a construct a place of the path, if there is something in it.
void HandlerFinder::finish(Open& last, const Construct& construct) {
  Place& place = *last.place;
  bool leads = place.lands;
  uint64_t begins = 0;
  for (Arm& arm : place.arms) {
    if (arm.places.empty()) arm.types = {};
    leads = leads || !arm.places.empty();
    begins += arm.types.size;
  }
  if (!leads) return;
  const uint32_t outside = constructs_.size() < 2 ? 0 : constructs_[constructs_.size() - 2].base;
  if (!construct.was_known || !may_keep(construct.base - outside + construct.params.size + begins)) {
    is_lost_ = true;
    return;
  }
  place.types = kept_operands(outside, construct.base, construct.params);
  add(&place, opened_[opened_.size() - 2]);
}

// Whether this many more operands may be saved.
bool HandlerFinder::may_keep(uint64_t operands) {
  operands_ += operands;
  return operands_ <= kMaxOperands;
}

void HandlerFinder::add(Place* place, const Open& outside) {
  bool is_known = outside.part != Part::kNone && !has_unknown(place->types);
  for (const Arm& arm : place->arms) is_known = is_known && !has_unknown(arm.types);
  if (is_known)
    outside.place->arm(outside.part).places.push({place});
  else
    is_lost_ = true;
}

// Records calls that are protected by a try of longjmp, and by none within it.
void HandlerFinder::protect(uint32_t handler, uint32_t from, uint32_t to) {
  if (to > calls_.size()) to = calls_.size();
  if (from >= to) return;
  for (uint32_t i = from; i < to; ++i) keeping_.push({calls_[i], handler});
  const uint32_t rest = calls_.size() - to;
  for (uint32_t i = 0; i < rest; ++i) calls_[from + i] = calls_[to + i];
  calls_.resize(from + rest);
}

void HandlerFinder::instruction(uint8_t opcode, uint32_t immediate, uint32_t at, uint32_t after) {
  if (opcode == op::kLocalSet || opcode == op::kLocalTee) write(immediate);
  const bool is_of_setjmp = opcode == op::kCall && is_setjmp(immediate);
  Operands::instruction(opcode, immediate, at, after);
  give(opcode);
  if (!is_call(opcode)) return;
  if (opcode == op::kCall && jumps_.older && jumps_.older->is_invoke(immediate)) return call_of_invoke(immediate, at);
  calls_.push({at, opcode == op::kCall ? int64_t{immediate} : -1, is_of_setjmp});
}

void HandlerFinder::call_of_invoke(uint32_t immediate, uint32_t at) {
  keeping_.push({{at, immediate, false}, at});
  if (!is_known_ || !may_keep(stack_.size() - base())) {
    is_lost_ = true;
    return;
  }
  auto* const place = new (memory_.allocate(sizeof(Place))) Place(memory_);
  place->at = at;
  place->is_call = true;
  place->lands = true;
  place->types = kept_operands(base(), stack_.size(), {});
  add(place, opened_.last());
}

// Whether a function is `__wasm_setjmp(env, label, function)` in this call: the label is a constant.
bool HandlerFinder::is_setjmp(uint32_t callee) const {
  const FunctionType* const type = module_.function_type(callee);
  if (!type || type->param_count != 3 || type->result_count != 0) return false;
  const uint32_t size = stack_.size();
  return size >= 2 && size - 2 < givers_.size() && givers_[size - 2] == op::kI32Const;
}

void HandlerFinder::give(uint8_t opcode) {
  if (stack_.empty()) return;
  if (givers_.size() < stack_.size()) givers_.resize(stack_.size());
  givers_[stack_.size() - 1] = opcode;
}

void HandlerFinder::write(uint32_t local) {
  if (local >= kMaxLocals) return;
  if (local >= written_.size()) written_.resize(local + 1);
  if (written_[local] == 0) {
    writes_.push({local, 0});
    written_[local] = writes_.size();
  }
  writes_[written_[local] - 1].times++;
}

// A copy of the operands at `from` up to `to`, and of more behind them.
HandlerFinder::Types HandlerFinder::kept_operands(uint32_t from, uint32_t to, Types more) {
  const uint32_t size = to - from;
  auto* const types = memory_.uninitialised<uint8_t>(size_t{size} + more.size);
  if (size > 0) memcpy(types, stack_.begin() + from, size);
  if (more.size > 0) memcpy(types + size, more.data, more.size);
  return {types, size + more.size};
}

}  // namespace wasmsig::instrument
