// Finds function types by their contents.
#pragma once

#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {

class TypeTable {
 public:
  enum By : uint8_t { kContents, kCounts };  // kCounts: only the numbers of parameters and results
  static constexpr uint32_t kNone = UINT32_MAX;

  TypeTable(Memory& memory, const Module& module, By by);

  // The first type that is the same as this one.
  uint32_t first_same(const FunctionType& type) const;

 private:
  uint32_t hash_of(const FunctionType& type) const;
  bool same(const FunctionType& a, const FunctionType& b) const;
  uint32_t& place_of(const FunctionType& type) const;

  const Module& module_;
  By by_;
  Span<uint32_t> table_;  // type indexes, plus 1
};

}  // namespace wasmsig::instrument
