// Where a signal came from, in one word, because every signal carries it along: the low half is an info word of the
// queue (docs/host-abi.md: the sender's pid in bits 0..23, a code in bits 24..26), the high half the value of
// sigqueue(), which is as wide as a pointer of wasm32.
#pragma once

#include <stdint.h>

namespace wasmsig {

struct Origin {
  uint64_t bits;

  static constexpr Origin of(uint32_t info, int32_t value = 0) {
    return {uint64_t{static_cast<uint32_t>(value)} << 32 | info};
  }
  constexpr uint32_t info() const { return static_cast<uint32_t>(bits); }
  constexpr int32_t value() const { return static_cast<int32_t>(bits >> 32); }
};

}  // namespace wasmsig
