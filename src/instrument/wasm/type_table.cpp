#include "instrument/wasm/type_table.hpp"

#include "instrument/sort.hpp"

namespace wasmsig::instrument {
namespace {

int compare_numbers(uint32_t a, uint32_t b) { return a == b ? 0 : a < b ? -1 : 1; }

}  // namespace

TypeTable::TypeTable(Memory& memory, const Module& module, By by)
    : module_(module), by_(by), order_(memory), first_(zeroed<uint32_t>(memory, module.types.size())) {
  for (uint32_t i = 0; i < module.types.size(); ++i)
    if (module.types[i].is_function) order_.push(i);
  sort_by(order_.span(), [this](uint32_t type) { return Key{*this, module_.types[type], type}; });
  for (uint32_t i = 0; i < order_.size(); ++i) {
    const bool is_same = i > 0 && compare(module.types[order_[i - 1]], module.types[order_[i]]) == 0;
    first_[order_[i]] = is_same ? first_[order_[i - 1]] : order_[i];
  }
}

uint32_t TypeTable::find(const FunctionType& type) const {
  const auto key = [this](uint32_t one) { return Key{*this, module_.types[one], 0}; };
  const uint32_t found = lower_bound(order_.span(), Key{*this, type, 0}, key);
  return found < order_.size() && compare(module_.types[order_[found]], type) == 0 ? order_[found] : kNone;
}

// Negative, 0, or positive, in some order of the types.
int TypeTable::compare(const FunctionType& a, const FunctionType& b) const {
  int result = compare_numbers(a.param_count, b.param_count);
  if (result == 0 && by_ != kParams) result = compare_numbers(a.result_count, b.result_count);
  if (result == 0 && by_ != kCounts) result = compare(a.params, b.params);
  if (result == 0 && by_ == kContents) result = compare(a.results, b.results);
  return result;
}

int TypeTable::compare(const Range& a, const Range& b) const {
  const int sizes = compare_numbers(a.size(), b.size());
  return sizes != 0 || a.size() == 0 ? sizes
                                     : memcmp(module_.bytes.data + a.start, module_.bytes.data + b.start, a.size());
}

}  // namespace wasmsig::instrument
