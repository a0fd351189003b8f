// The end of a loop, where it is decided whether it has a safe point.
#include "instrument/plan/placement.hpp"

namespace wasmsig::instrument {
namespace {

int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

}  // namespace

void Placer::close_loop(const Open& loop, uint32_t after) {
  loops_.pop();
  const Decision decision = decide(loop);
  decisions_[static_cast<uint32_t>(loop.index)] = decision;
  if (decision == Decision::kUnrolled) result_.repeated += uint64_t{kUnroll - 1} * (after - loop.at + kBytesOfRound);
  const auto outside = static_cast<int32_t>(loop.level) - 1;
  if (checked_ != kUnreachable) checked_ = least(checked_, outside);
  if (has_safe_point(decision)) {
    // All code after its header, in the loop and behind it, has passed its check.
    if (checked_ != kUnreachable) checked_ = outside;
    loop.region->has_safe_point = true;
  } else {
    loop.region->outside = region();
  }
  if (!loops_.empty()) constructs_[loops_.last()].is_innermost = false;
  if (loop.takes_long) takes_long();
  cost_ = loop.outer_cost + (decision == Decision::kShort ? cost_ * loop.trips : cost_);
}

Decision Placer::decide(const Open& loop) const {
  if (options_.is_excluded) return Decision::kExcluded;
  if (loop.branches == 0) return Decision::kNotALoop;
  if (least_incoming(loop) >= static_cast<int32_t>(loop.level)) return Decision::kCovered;
  if (loop.branches == 1 && loop.trips > 0 && !loop.takes_long && loop.trips * cost_ <= kShortLoop)
    return Decision::kShort;
  return options_.unrolls && loop.is_innermost && !loop.takes_long && cost_ <= kSmallLoop ? Decision::kUnrolled
                                                                                          : Decision::kSafePoint;
}

// The loop that decides for a loop: the innermost one, from it outwards, that has a safe point or is not decided yet. A
// function's body never has one.
Placer::Region* Placer::region_of(Region* loop) {
  Region* found = loop;
  while (found->outside) found = found->outside;
  for (Region* each = loop; each != found;) {
    Region* const next = each->outside;
    each->outside = found;
    each = next;
  }
  return found;
}

// The minimum of the numbers at the branches to the label of a construct in which all loops are decided.
int32_t Placer::least_incoming(const Open& construct) {
  int32_t result = kUnreachable;
  const auto level = static_cast<int32_t>(construct.level);
  for (const Incoming* one = construct.incoming; one; one = one->next)
    result = least(result, region_of(one->loop)->has_safe_point ? level : least(one->checked, level));
  return result;
}

}  // namespace wasmsig::instrument
