// The sections whose contents change.
#pragma once

#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {

struct Replaced {
  static constexpr uint8_t kIds = 14;

  bool is_replaced[kIds] = {};
  bool is_removed[kIds] = {};
  Bytes contents[kIds];

  bool has(uint8_t id) const { return id < kIds && is_replaced[id]; }
  void set(uint8_t id, Bytes content) {
    is_replaced[id] = true;
    is_removed[id] = false;
    contents[id] = content;
  }
  void remove(uint8_t id) { is_replaced[id] = is_removed[id] = true; }
};

}  // namespace wasmsig::instrument
