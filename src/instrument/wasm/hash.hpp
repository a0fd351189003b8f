// A hash of bytes (FNV-1a), for tables that are built once. An adversary can make them slow, not wrong.
#pragma once

#include "instrument/memory.hpp"

namespace wasmsig::instrument {

inline uint32_t hash(Bytes bytes, uint32_t seed = 2166136261U) {
  uint32_t value = seed;
  for (const uint8_t byte : bytes) value = (value ^ byte) * 16777619U;
  return value ^ value >> 15;
}

// A power of two, at least twice as many places as entries.
inline uint32_t table_size(uint32_t entries) {
  uint32_t size = 8;
  while (size / 2 < entries && size < (1U << 31)) size *= 2;
  return size;
}

}  // namespace wasmsig::instrument
