// CRC-32 with a table of 256 words: a load that depends on the one before.
#include "kernel.h"

enum { LENGTH = 16384 };
static uint32_t table[256];
static uint8_t bytes[LENGTH];

static void make_table(void) {
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0xEDB88320 : value >> 1;
    table[i] = value;
  }
}

uint32_t run(uint32_t n) {
  uint32_t state = n | 1, crc = ~0u;
  make_table();
  for (int i = 0; i < LENGTH; ++i) bytes[i] = (uint8_t)next_random(&state);
  for (uint32_t round = 0; round < n; ++round) {
    for (int i = 0; i < LENGTH; ++i) crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 255];
  }
  return ~crc;
}
