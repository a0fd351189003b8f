// wsig_host_wake() of the wasm hosts.
#pragma once

#include "queue/queue.hpp"

namespace wasmsig {

// Other threads of this process sleep on the ring word in its own memory, by queue::wait_for_ring() or by the host. A
// program without threads has none to wake.
inline void wake_sleepers() {
#ifdef __wasm_atomics__
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&queue::block.ring), 0xffffffffu);
#endif
}

}  // namespace wasmsig
