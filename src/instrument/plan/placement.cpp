#include "instrument/plan/placement.hpp"

#include "instrument/wasm/walk.hpp"

namespace wasmsig::instrument {
namespace {

constexpr uint32_t bit(uint8_t opcode) { return 1U << opcode; }
// Instructions after which code is unreachable.
constexpr uint32_t kLeaves = bit(op::kUnreachable) | bit(op::kThrow) | bit(op::kRethrow) | bit(op::kThrowRef) |
                             bit(op::kBr) | bit(op::kBrTable) | bit(op::kReturn) | bit(op::kReturnCall) |
                             bit(op::kReturnCallIndirect) | bit(op::kReturnCallRef);
bool leaves(uint8_t opcode) { return opcode < 32 && (kLeaves >> opcode & 1) != 0; }

int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

void add(List<uint32_t>& list, uint32_t value) {
  if (list.empty() || list.last() != value) list.push(value);
}

}  // namespace

Placer::Placer(Context& context, const Module& module)
    : context_(context),
      module_(module),
      counted_(context.memory),
      constructs_(context.memory),
      loops_(context.memory),
      unchecked_(context.memory),
      decisions_(context.memory),
      outer_(context.memory),
      functions_(context.memory),
      types_(context.memory),
      callees_(context.memory),
      references_(context.memory),
      caught_(context.memory),
      thrown_(context.memory),
      function_slots_(zeroed<Slot>(context.memory, module.functions())),
      type_slots_(zeroed<Slot>(context.memory, module.types.size())),
      seen_(zeroed<uint32_t>(context.memory, module.functions())) {}

bool Placer::place(const Range& body, const PlacementOptions& options, Placement& result) {
  start(options);
  Reader reader(module_.bytes, body);
  walk_body(reader, *this);
  if (reader.unreadable().kind == Unreadable::kInvalid) return context_.check(reader);
  result = finish(reader);
  return true;
}

void Placer::start(const PlacementOptions& options) {
  context_.scratch.reset();
  options_ = options;
  number_++;
  counted_.clear();
  parts_ = 0;
  last_ = 0;
  cost_ = 0;
  checked_ = options.entry ? 0 : kUnchecked;
  body_ = {};
  constructs_.clear();
  loops_.clear();
  unchecked_.clear();
  decisions_.clear();
  outer_.clear();
  functions_.clear();
  types_.clear();
  callees_.clear();
  references_.clear();
  caught_.clear();
  thrown_.clear();
  first_place_ = place_ + 1;
  place_ = first_place_;
  result_ = {};
  push(op::kBlock, 0);
}

Placement Placer::finish(const Reader& reader) {
  Memory& memory = context_.memory;
  if (reader.failed()) {
    auto* const unknown = memory.uninitialised<Unreadable>(1);
    *unknown = reader.unreadable();
    result_.unknown = unknown;
    leave_open_loops();
  }
  result_.loops = keep(memory, decisions_);
  result_.functions = keep(memory, functions_);
  result_.types = keep(memory, types_);
  result_.callees = keep(memory, callees_);
  result_.outer = keep(memory, outer_);
  result_.references = keep(memory, references_);
  result_.caught = keep(memory, caught_);
  result_.thrown = keep(memory, thrown_);
  result_.cost = cost_;
  return result_;
}

// What a loop has is the function's when the loop ends.
void Placer::leave_open_loops() {
  if (loops_.empty()) return;
  cost_ = constructs_[loops_[0]].outer_cost;
  const Span<uint8_t> is_open = zeroed<uint8_t>(context_.scratch, decisions_.size());
  for (const uint32_t loop : loops_) is_open[static_cast<uint32_t>(constructs_[loop].index)] = 1;
  uint32_t kept = 0;
  for (const Callee& callee : callees_)
    if (callee.loop == kNoLoop || is_open[static_cast<uint32_t>(callee.loop)] == 0) callees_[kept++] = callee;
  callees_.resize(kept);
}

void Placer::push(uint8_t opcode, uint32_t at) {
  const bool is_loop = opcode == op::kLoop;
  Open open{};
  open.is_loop = is_loop;
  open.has_else = opcode != op::kIf;
  open.is_innermost = true;
  open.level = loops_.size() + (is_loop ? 1 : 0);
  open.index = static_cast<int32_t>(decisions_.size());
  open.at = at;
  open.at_begin = checked_;
  open.joined = kUnreachable;
  open.part = ++parts_;
  open.opened = counted_.time();
  if (is_loop) {
    open.region = context_.scratch.zeroed<Region>(1);
    open.outer_cost = cost_;
    cost_ = 0;
    outer_.push(loops_.empty() ? kNoLoop : constructs_[loops_.last()].index);
    decisions_.push(Decision::kExcluded);
    loops_.push(constructs_.size());
    place_++;
  }
  constructs_.push(open);
}

void Placer::open(uint8_t opcode, uint32_t at, uint32_t /*after*/, int64_t /*type*/) {
  counted_.interrupt();
  push(opcode, at);
}

void Placer::arm(uint8_t opcode, uint32_t /*after*/) {
  counted_.interrupt();
  Open& construct = constructs_.last();
  construct.joined = least(construct.joined, checked_);
  construct.part = ++parts_;
  if (opcode == op::kElse) construct.has_else = true;
  checked_ = construct.at_begin;
}

void Placer::catches(uint32_t tag, bool /*legacy*/) { add(caught_, tag); }

void Placer::close(uint32_t after) {
  counted_.interrupt();
  const Open construct = constructs_.pop();
  if (construct.is_loop) return close_loop(construct, after);
  if (!construct.has_else) checked_ = least(checked_, construct.at_begin);
  checked_ = least(least(checked_, construct.joined), least_incoming(construct));
  if (constructs_.empty()) close_function();
}

void Placer::close_function() {
  for (const UncheckedCall& call : unchecked_)
    if (!region_of(call.loop)->has_safe_point) count(call);
}

void Placer::count(const UncheckedCall& call) {
  const Span<Slot> slots = call.is_type ? type_slots_ : function_slots_;
  List<Calls>& counts = call.is_type ? types_ : functions_;
  if (call.callee < slots.size) {
    Slot& slot = slots[call.callee];
    if (slot.function == number_) {
      counts[slot.at].count++;
      return;
    }
    slot = {number_, counts.size()};
  }
  counts.push({call.callee, 1});
}

void Placer::branch(uint8_t opcode, uint32_t depth, uint32_t /*at*/, uint32_t /*after*/) {
  result_.branches++;
  if (opcode == op::kBrTable) cost_++;
  // They name a try whose exception it is, or where handlers are searched.
  if (opcode == op::kRethrow || opcode == op::kDelegate) return;
  const uint32_t last = constructs_.size() - 1;
  Open& target = constructs_[last - depth];
  if (target.is_loop && checked_ != kUnreachable) {
    target.branches++;
    if (opcode == op::kBrIf && depth == 0) {
      const auto construct = [this](uint32_t at) {
        const Open& open = constructs_[at];
        return CountedLoops::Construct{open.level, open.part, open.opened};
      };
      target.trips = counted_.trips(construct, last, kShortLoop);
    }
  }
  if (checked_ != kUnreachable) {
    auto* const incoming = context_.scratch.uninitialised<Incoming>(1);
    *incoming = {target.incoming, region(), checked_};
    target.incoming = incoming;
  }
  counted_.interrupt();
}

void Placer::instruction(uint8_t opcode, uint32_t immediate, uint32_t /*at*/, uint32_t /*after*/) {
  cost_++;
  counted_.instruction(opcode, immediate, constructs_.size() - 1, constructs_.last().part);
  if (opcode < op::kDrop)
    call(opcode, immediate);
  else if (opcode == op::kMemoryGrow || opcode >= op::kRefFunc)
    rare(opcode, immediate);
  if (leaves(opcode)) checked_ = kUnreachable;
  last_ = opcode;
}

void Placer::call(uint8_t opcode, uint32_t immediate) {
  switch (opcode) {
    case op::kCall:
    case op::kReturnCall:
      add_unchecked(immediate, false);
      add_callee(immediate);
      if (opcode == op::kCall && checked_ != kUnreachable && options_.checks_at_entry(immediate))
        checked_ = static_cast<int32_t>(loops_.size());
      break;
    case op::kCallIndirect:
    case op::kCallRef:
    case op::kReturnCallIndirect:
    case op::kReturnCallRef:
      add_unchecked(immediate, true);
      result_.throws = true;
      break;
    case op::kThrow:
      // instructions that compute an address
      if (last_ == op::kI32Const || last_ == op::kI32Add) add(thrown_, immediate);
      result_.throws = true;
      break;
    case op::kThrowRef: result_.throws = true; break;
    default: break;
  }
}

void Placer::rare(uint8_t opcode, uint32_t immediate) {
  switch (opcode) {
    case op::kRefFunc: references_.push(immediate); break;
    case op::kMemoryGrow: takes_long(); break;
    case op::kPrefixMisc:
      if (immediate >= 8 && immediate <= 17) takes_long();  // on memories and tables
      break;
    case op::kPrefixAtomic:
      if (immediate == 1 || immediate == 2) takes_long();  // memory.atomic.wait
      break;
    default: break;
  }
}

void Placer::add_unchecked(uint32_t callee, bool is_type) {
  takes_long();
  if (checked_ == kUnchecked) unchecked_.push({callee, is_type, region()});
}

void Placer::add_callee(uint32_t function) {
  const int32_t loop = loops_.empty() ? kNoLoop : constructs_[loops_.last()].index;
  const uint32_t place = first_place_ + static_cast<uint32_t>(loop + 1);
  if (function < seen_.size) {
    if (seen_[function] == place) return;
    seen_[function] = place;
  }
  callees_.push({function, loop});
}

}  // namespace wasmsig::instrument
