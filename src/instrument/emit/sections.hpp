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

// What is appended to the vectors of sections, which others have not replaced.
class Appended {
 public:
  explicit Appended(Memory& memory) : memory_(memory) {}

  // Where the next entry of a section is to be written, or the next `count` ones.
  Writer& add(uint8_t id, uint32_t count = 1);
  // False: the context has failed.
  bool write(Context& context, const Module& module, Replaced& replaced) const;

  Memory& memory() const { return memory_; }

 private:
  Memory& memory_;
  uint32_t counts_[Replaced::kIds] = {};
  Writer* entries_[Replaced::kIds] = {};
};

}  // namespace wasmsig::instrument
