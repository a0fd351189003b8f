// Deferral of delivery while a thread runs code of the library. For the files of this folder only.
#pragma once

#include <stdint.h>

#include "platform/host.h"
#include "process/state.hpp"

namespace wasmsig::process {

// While one of these lives the thread runs code of the library. Its loops may be instrumented like any others, and a safe
// point in them must neither deliver (no handler runs in the middle of this) nor leave the doorbell rung, because a loop
// whose doorbell stays rung looks for ever: what rings is put off until the last of them is gone, or until take().
class Inside {
 public:
  Inside() { depth++; }
  ~Inside() { leave(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  static constinit WSIG_THREAD_LOCAL int depth;         // how many of them this thread has
  static constinit WSIG_THREAD_LOCAL uint32_t put_off;  // doorbell bits that it met meanwhile
#if !defined(WSIG_SINGLE_THREAD)
  static constinit thread_local uint32_t own_ring;      // the last that ring_again() has made; 0 outside of it
#endif

  // One of them. Before the last, rings again with what was put off.
  [[gnu::always_inline]] static void leave_inline() {
    if (depth == 1 && put_off != 0) ring_again();
    depth--;
  }
  [[gnu::noinline]] static void leave() { leave_inline(); }

 private:
  [[gnu::noinline]] static void ring_again();
};

// The same, without a call at its end, for what programs call in loops.
class InsideInline {
 public:
  InsideInline() { Inside::depth++; }
  [[gnu::always_inline]] ~InsideInline() { Inside::leave_inline(); }
  InsideInline(const InsideInline&) = delete;
  InsideInline& operator=(const InsideInline&) = delete;
};

#if defined(WSIG_SINGLE_THREAD)
inline bool may_look() { return true; }
#else
inline bool may_look() { return wsig_host_may_look() != 0; }
#endif

// For safe points: whether the thread is inside. If so the doorbell has been put off. A ring that is only for threads stays for the others: `*left`, which this thread may take for silence.
bool put_off_look(uint32_t* left = nullptr);

// For all code that is not inside already.
class Guard {
  Inside inside_;
  Lock lock_;
};

}  // namespace wasmsig::process
