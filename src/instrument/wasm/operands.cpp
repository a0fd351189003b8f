#include "instrument/wasm/operands.hpp"

namespace wasmsig::instrument {
namespace {

constexpr int kRefNull = 0x63;  // (ref null HEAPTYPE), longer than one byte
constexpr int kRef = 0x64;      // (ref HEAPTYPE)
constexpr uint32_t kMaxStack = 1U << 26;

uint8_t one_byte(int first) {
  return first < 0 || first == kRefNull || first == kRef ? uint8_t{type::kNone} : static_cast<uint8_t>(first);
}

}  // namespace

Locals::Locals(Memory& memory, const Module& module, const FunctionType& type, const Range& body) : groups_(memory) {
  Reader params(module.bytes, type.params);
  while (!params.done()) {
    const int first = params.peek();
    params.skip_value_type();
    add(1, one_byte(first));
  }
  Reader reader(module.bytes, body);
  for (uint32_t groups = reader.u32(); groups > 0 && reader.ok(); --groups) {
    const uint32_t count = reader.u32();
    const int first = reader.peek();
    reader.skip_value_type();
    if (first == kRef) has_never_null_ = true;
    add(count, one_byte(first));
  }
}

void Locals::add(uint64_t count, int first) {
  if (count > 0) groups_.push({size() + count, static_cast<uint8_t>(first)});
}

uint8_t Locals::operator[](uint32_t local) const {
  uint32_t low = 0;
  uint32_t high = groups_.size();
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (groups_[middle].end <= local)
      low = middle + 1;
    else
      high = middle;
  }
  return low < groups_.size() ? groups_[low].type : uint8_t{type::kNone};
}

OperandTypes::Type OperandTypes::of(int64_t index) {
  const FunctionType* const type =
      index >= 0 && index < types_.size ? module_.type(static_cast<uint32_t>(index)) : nullptr;
  if (!type) return {};
  Type& known = types_[static_cast<uint32_t>(index)];
  if (!known.is_decoded)
    known = {true, decode(type->params, type->param_count), decode(type->results, type->result_count)};
  return known;
}

Span<const uint8_t> OperandTypes::decode(const Range& range, uint32_t count) {
  auto* const types = memory_.uninitialised<uint8_t>(count);
  uint32_t size = 0;
  Reader reader(module_.bytes, range);
  while (!reader.done() && size < count) {
    types[size++] = one_byte(reader.peek());
    reader.skip_value_type();
  }
  return {types, size};
}

Operands::Operands(Memory& memory, const Module& module, OperandTypes& types, const Locals& locals)
    : module_(module), locals_(locals), stack_(memory), constructs_(memory), types_(types) {}

void Operands::open(uint8_t opcode, uint32_t at, uint32_t /*after*/, int64_t type) {
  Construct construct{};
  if (type >= 0) {
    const OperandTypes::Type known = types_.of(type);
    construct.params = known.params;
    construct.results = known.results;
  } else if (const uint8_t first = module_.bytes[at + 1]; first != type::kVoid) {
    // one result, whose type is the byte in the code
    static constexpr uint8_t kUnknown = type::kNone;
    construct.results = {one_byte(first) == type::kNone ? &kUnknown : module_.bytes.data + at + 1, 1};
  }
  const uint32_t taken = construct.params.size + (opcode == op::kIf ? 1 : 0);
  const uint32_t outer = base();
  construct.base = stack_.size() >= taken && stack_.size() - taken > outer ? stack_.size() - taken : outer;
  construct.was_known = is_known_;
  constructs_.push(construct);
  restart(construct.params);
}

// Begins another part of the innermost construct, with these operands.
void Operands::restart(Types operands) {
  stack_.resize(base());
  append(operands);
  is_known_ = true;
}

void Operands::append(Types operands) {
  stack_.append(operands.data, operands.size);
  if (stack_.size() > kMaxStack) stack_.memory().exhausted();
}

void Operands::arm(uint8_t opcode, uint32_t /*after*/) {
  if (opcode == op::kElse)
    restart(constructs_.empty() ? Types{} : constructs_.last().params);
  else
    restart(opcode == op::kCatch ? caught_ : Types{});
}

void Operands::catches(uint32_t tag, bool legacy) {
  if (legacy) caught_ = types_.of(tag < module_.tags.size() ? int64_t{module_.tags[tag]} : -1).params;
}

void Operands::close(uint32_t /*after*/) {
  if (constructs_.empty()) return;
  const Construct last = constructs_.pop();
  stack_.resize(last.base);
  append(last.results);
  is_known_ = last.was_known;
}

void Operands::instruction(uint8_t opcode, uint32_t immediate, uint32_t /*at*/, uint32_t /*after*/) {
  if (!is_known_) return;
  switch (opcode) {
    case op::kCall: {
      const bool is_known = immediate < module_.functions();
      return call(is_known ? int64_t{module_.function_types[immediate]} : -1, 0);
    }
    case op::kCallIndirect:
    case op::kCallRef: return call(immediate, 1);
    default: return apply(effect(opcode, immediate));
  }
}

// `operands`: those besides its parameters.
void Operands::call(int64_t type, uint32_t operands) {
  const bool is_type = type >= 0 && module_.type(static_cast<uint32_t>(type)) != nullptr;
  const OperandTypes::Type known = types_.of(type);
  const uint64_t pops = uint64_t{known.params.size} + operands;
  if (!is_type || stack_.size() < base() + pops) {
    is_known_ = false;
    return;
  }
  stack_.resize(static_cast<uint32_t>(stack_.size() - pops));
  append(known.results);
}

void Operands::apply(const Effect& effect) {
  if (!effect.is_known || int64_t{stack_.size()} - effect.pops < int64_t{base()}) {
    is_known_ = false;
    return;
  }
  stack_.resize(static_cast<uint32_t>(static_cast<int64_t>(stack_.size()) - effect.pops));
  if (effect.pushes) stack_.push(effect.type);
}

Effect Operands::effect(uint8_t opcode, uint32_t immediate) const {
  switch (opcode) {
    case op::kLocalGet: return {.is_known = true, .pushes = true, .type = locals_[immediate], .pops = 0};
    case op::kLocalTee: return {.is_known = true, .pushes = true, .type = locals_[immediate], .pops = 1};
    case op::kGlobalGet: {
      const bool is_known = immediate < module_.global_types.size();
      const uint8_t type = is_known ? one_byte(module_.global_types[immediate]) : uint8_t{type::kNone};
      return {.is_known = true, .pushes = true, .type = type, .pops = 0};
    }
    case op::kSelect:
    case op::kSelectTyped:
      if (stack_.size() < 3) return {.is_known = true, .pops = 2};
      return {.is_known = true, .pushes = true, .type = stack_[stack_.size() - 3], .pops = 3};
    default: return effect_of(opcode, immediate);
  }
}

}  // namespace wasmsig::instrument
