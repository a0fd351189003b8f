// The functions to which something other than calls refers. Only these can be called through a table or a reference.
#pragma once

#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {

class References {
 public:
  References(Memory& memory, const Module& module)
      : list_(memory), is_in_(zeroed<uint8_t>(memory, module.functions())) {}

  void add(uint32_t function) {
    if (function >= is_in_.size) {
      has_unknown_ = true;
      return;
    }
    if (is_in_[function] != 0) return;
    is_in_[function] = 1;
    list_.push(function);
  }

  // Those of exports, tables, globals and element segments. False: the context has failed.
  bool find(Context& context, const Module& module);

  // In the order in which they were added.
  const List<uint32_t>& list() const { return list_; }
  // Whether one was added that the module does not have.
  bool has_unknown() const { return has_unknown_; }

 private:
  List<uint32_t> list_;
  Span<uint8_t> is_in_;  // by function
  bool has_unknown_ = false;
};

}  // namespace wasmsig::instrument
