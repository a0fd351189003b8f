#include "instrument/plan/counted.hpp"

namespace wasmsig::instrument {

void CountedLoops::record(uint32_t local, uint32_t depth, uint32_t part) {
  const bool is_constant = straight_ > 0 && opcode_back(1) == op::kI32Const;
  if (local >= kMaxLocal) return;
  if (local >= writes_.size()) writes_.resize(local + 1);
  Writes& writes = writes_[local];
  if (writes.function != function_) writes = {.function = function_, .last = {}, .before = {}};
  writes.before = writes.last;
  writes.last = {.time = time_ + 1,
                 .depth = depth,
                 .part = part,
                 .value = is_constant ? static_cast<int32_t>(immediate_back(1)) : 0,
                 .is_constant = is_constant,
                 .is_made = true};
}

CountedLoops::Step CountedLoops::find_step() const {
  Step result{};
  const bool is_compared = opcode_back(1) != op::kLocalTee;
  const uint32_t back = is_compared ? 3 : 1;  // where the local.tee is
  if (straight_ < back + 3) return result;
  const uint8_t compare = opcode_back(1);
  const bool is_comparison = compare >= op::kI32Eq && compare <= op::kI32GeU;
  if (is_compared && (opcode_back(2) != op::kI32Const || !is_comparison)) return result;
  const bool adds = opcode_back(back + 1) == op::kI32Add;
  if (opcode_back(back) != op::kLocalTee || !(adds || opcode_back(back + 1) == op::kI32Sub)) return result;
  result.local = immediate_back(back);
  if (opcode_back(back + 2) != op::kI32Const || opcode_back(back + 3) != op::kLocalGet ||
      immediate_back(back + 3) != result.local)
    return result;
  result.step = adds ? immediate_back(back + 2) : 0 - immediate_back(back + 2);
  result.compare = is_compared ? compare : uint8_t{op::kI32Ne};
  result.bound = is_compared ? static_cast<int32_t>(immediate_back(2)) : 0;
  result.is_found = true;
  return result;
}

bool CountedLoops::holds(uint8_t compare, int32_t a, int32_t b) {
  const auto ua = static_cast<uint32_t>(a);
  const auto ub = static_cast<uint32_t>(b);
  switch (compare) {
    case op::kI32Eq: return a == b;
    case op::kI32Ne: return a != b;
    case op::kI32LtS: return a < b;
    case op::kI32LtU: return ua < ub;
    case op::kI32GtS: return a > b;
    case op::kI32GtU: return ua > ub;
    case op::kI32LeS: return a <= b;
    case op::kI32LeU: return ua <= ub;
    case op::kI32GeS: return a >= b;
    default: return ua >= ub;
  }
}

}  // namespace wasmsig::instrument
