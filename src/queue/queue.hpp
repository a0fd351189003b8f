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

// What a host does before anything is sent; hosts without a JavaScript side (alone, fake) call it themselves.
void initialise(Block& to, uint32_t pid, uint32_t ppid);

// Draining: one thread at a time. Gives `accept` each standard signal that was sent since the last call, lowest first,
// then SIGCONT and the stops in the order in which they were sent, and then the real-time signals in order, while it
// answers true; the one refused stays at the head. (A standard signal is never refused.) Goes on while signals come, so
// that none is found without those that its sender has sent before it; in a flood no longer than some rounds.
void drain(Block& from, bool (*accept)(int signo, Origin));

// Whether the doorbell says that there is something to drain, or that a timer may be due.
inline bool rung(const Block& of) { return (of.doorbell.load() & (kRingSignals | kRingTimer | kRingInline)) != 0; }

// Takes the doorbell, to act on it later: an inline signal goes to where it would have been without the doorbell.
// Returns bits 0..7.
uint32_t take_doorbell(Block& from);

// The signal in a doorbell that has kRingInline.
constexpr int inline_signo(uint32_t doorbell) { return static_cast<int>(doorbell >> 8 & 31); }
constexpr uint32_t inline_info(uint32_t doorbell) {
  return info_of(doorbell >> 13, static_cast<int32_t>(doorbell >> 16));
}

// Sending, as any host does it (used by the fake host, and by tests). 0, EAGAIN or EINVAL; `bits`: to ring with
// afterwards.
int send(Block& to, const Sent& sent, uint32_t* bits);

// Makes sleepers and running code check. Returns whether there are sleepers, which must then be woken.
bool ring(Block& to, uint32_t bits);

#if defined(__wasm__)
// Sleeps on `ring` itself, where kFlagSleeps allows it, which is quicker than by the host: no wake-up has to go through
// JavaScript. As wsig_host_wait().
int wait_for_ring(uint32_t ring, int64_t timeout_ns);
#endif

// The same for the other threads of this process (process/notify.cpp). `own`: the notification that was written, with a
// tag in bits 8..31. `value`: the doorbell word that the caller may ignore from now on, because it is its own
// notification; 0 if it overwrote another thread's, which it therefore must not ignore.
bool notify_threads(Block& to, uint32_t* value, uint32_t* own);

}  // namespace wasmsig::queue
