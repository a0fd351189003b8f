// The start of the process: it attaches to the host, once.
//
// start() makes the first thread's record (threads.cpp), and a new thread may have something to deliver, for which
// deliver.cpp calls start(). That circle ends at once: `started` is set before the record is made.
#include "platform/host.h"
#include "process/internal.hpp"

namespace wasmsig::process {

// As execve(2): what was ignored stays ignored, and the mask stays. (The first thread's record is the main thread's.)
static void inherit() {
  const auto set = [](const uint32_t(&words)[2]) {
    return SignalSet{words[1] * (uint64_t{1} << 32) | words[0]} - kUnblockable;
  };
  state.non_default = set(queue::block.ignored);
  for (SignalSet rest = state.non_default; !rest.empty(); rest.remove(rest.lowest()))
    state.actions[rest.lowest()].disposition = Disposition::kIgnore;
  state.threads[0].mask = set(queue::block.blocked);
}

// Acquire pairs with the release of the thread that attached: it makes its stores to the state and the block visible.
[[gnu::noinline]] static void attach() {
  {
    const Guard guard;
    if (state.started.load(std::memory_order_relaxed)) return;
    state.host = wsig_host_attach(queue::kVersion, reinterpret_cast<uint32_t*>(&queue::block));
    inherit();
    state.started.store(true, std::memory_order_release);
  }
  thread_enter(state.threads[0].mask);
  const Guard guard;
  publish_defaults();
}

void start() {
  if (!state.started.load(std::memory_order_acquire)) attach();
}

int pid() {
  start();
  return static_cast<int>(queue::block.pid);
}

bool has_host() {
  start();
  return state.host != WSIG_HOST_ALONE;
}

bool asked_for_extended() {
  start();
  return (queue::block.flags & queue::kFlagExtended) != 0;
}

bool rings_directly() {
  start();
  return state.host == WSIG_HOST_SHARED;
}

// Before main and before constructors of the program's own.
__attribute__((constructor(101))) static void start_early() { start(); }

}  // namespace wasmsig::process
