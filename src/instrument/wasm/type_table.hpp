// Finds function types by their contents.
#pragma once

#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {

class TypeTable {
 public:
  // kCounts: only the numbers of parameters and results; kParams: only the parameters.
  enum By : uint8_t { kContents, kCounts, kParams };
  static constexpr uint32_t kNone = UINT32_MAX;

  TypeTable(Memory& memory, const Module& module, By by);

  // The first type that is the same as this function type of the module.
  uint32_t first_same(uint32_t type) const { return first_[type]; }
  // The first type that is the same as this one, which need not be of the module; kNone: there is none.
  uint32_t find(const FunctionType& type) const;

 private:
  // What types are sorted by. Types that are the same are sorted by their indexes.
  struct Key {
    const TypeTable& table;
    const FunctionType& type;
    uint32_t index;

    bool operator<(const Key& other) const {
      const int types = table.compare(type, other.type);
      return types != 0 ? types < 0 : index < other.index;
    }
    bool operator>=(const Key& other) const { return !(*this < other); }
  };
  int compare(const FunctionType& a, const FunctionType& b) const;
  int compare(const Range& a, const Range& b) const;

  const Module& module_;
  By by_;
  List<uint32_t> order_;  // the function types, sorted
  Span<uint32_t> first_;  // by type
};

}  // namespace wasmsig::instrument
