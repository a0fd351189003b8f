// Stands in for libwasmsig, so that a kernel is nothing but itself: the three exports of docs/host-abi.md, and a safe point that takes
// the doorbell. Programs link the library instead.
#include <stdint.h>

_Alignas(64) static uint32_t block[64];
enum { DOORBELL = 16, TAKEN = 32 };

__attribute__((export_name("wasmsig_block"))) int32_t wasmsig_block(void) { return (int32_t)(intptr_t)block; }

// Also the count of looks that a countdown may leave out.
__attribute__((export_name("wasmsig_safe_point"))) int32_t wasmsig_safe_point(void) {
  if (__atomic_exchange_n(&block[DOORBELL], 0, __ATOMIC_SEQ_CST)) ++block[TAKEN];
  return 20000;
}

__attribute__((export_name("wasmsig_deliver"))) int32_t wasmsig_deliver(void) { return 0; }
