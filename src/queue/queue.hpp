// The guest's side of the host's queue: what is done to a control block (block.hpp), as docs/host-abi.md says it.
#pragma once

#include <stdint.h>

#include "queue/block.hpp"
#include "queue/origin.hpp"

namespace wasmsig::queue {

// One signal as a sender means it.
struct Sent {
  int32_t signo;
  uint32_t code;  // InfoCode
  int32_t pid;
  int32_t value;  // of kCodeQueue only
};

// What a host does before anybody sends; hosts without a JavaScript side (alone, fake) call it themselves.
void initialise(Block& to, uint32_t pid, uint32_t ppid);

// Taking: one taker at a time. Gives `accept` each standard signal that was sent since the last call, lowest first, then SIGCONT and the stops in the order in
// which they were sent, and then the real-time signals in order, while it answers true; the one refused stays at the head. (A standard signal is never refused.)
// Goes on while signals come, so that none is found without those that its sender has sent before it; in a flood no longer than some rounds.
void take(Block& from, bool (*accept)(int signo, Origin));

// Takes the doorbell for later: a posted signal goes to where it would have been without the doorbell. Returns bits 0..7.
uint32_t take_doorbell(Block& from);

// The signal in a doorbell that has kRingPosted.
constexpr int posted_signo(uint32_t doorbell) { return static_cast<int>(doorbell >> 8 & 31); }
constexpr uint32_t posted_info(uint32_t doorbell) { return info_of(doorbell >> 13, static_cast<int32_t>(doorbell >> 16)); }

// Sending, as any host does it (used by the fake host, and by tests). 0, EAGAIN or EINVAL; `bits`: to ring with afterwards.
int send(Block& to, const Sent& sent, uint32_t* bits);

// Tells sleepers and running code to look. Returns whether anybody sleeps, who must then be woken.
bool ring(Block& to, uint32_t bits);

#if defined(__wasm__)
// Sleeps on `ring` itself, where kFlagSleeps allows it, which is quicker than by the host: no wake-up has to go through JavaScript. As wsig_host_wait().
int wait_for_ring(uint32_t ring, int64_t timeout_ns);
#endif

// The same for the other threads of this process. `value`: what the thread that rang may take for silence, since it need not answer its own ring, which a
// tag in bits 8..31 tells from others; 0 if another thread's ring was there, which now looks like its own. `own`: that ring.
bool ring_threads(Block& to, uint32_t* value, uint32_t* own);

}  // namespace wasmsig::queue
