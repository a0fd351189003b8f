// The start of the process, and what hosts and instrumented code call (docs/host-abi.md, "Exports of the guest"). They stand
// together because everything else needs start(), so a program that has signals has the exports.
#include "platform/host.h"
#include "process/process.hpp"
#include "process/queue.hpp"
#include "process/state.hpp"

#define WSIG_EXPORT(name) extern "C" __attribute__((used, visibility("default"), WSIG_EXPORT_NAME(#name)))
#if defined(__wasm__)
#define WSIG_EXPORT_NAME(name) export_name(name)
#else
#define WSIG_EXPORT_NAME(name) noinline
#endif

namespace wasmsig::process {

// Acquire pairs with the release of the thread that attached, whose stores to the state and the block it makes visible.
void start() {
  if (state.started.load(std::memory_order_acquire)) return;
  {
    Guard guard;
    if (state.started.load(std::memory_order_relaxed)) return;
    state.host = wsig_host_attach(queue::kVersion, reinterpret_cast<uint32_t*>(&queue::block));
    state.started.store(true, std::memory_order_release);
  }
  thread_enter({});
}

int pid() {
  start();
  return static_cast<int>(queue::block.pid);
}

bool has_host() {
  start();
  return state.host != WSIG_HOST_ALONE;
}

bool rings_directly() {
  start();
  return state.host == WSIG_HOST_SHARED;
}

// Before main and before constructors of the program's own.
__attribute__((constructor(101))) static void start_early() { start(); }

}  // namespace wasmsig::process

WSIG_EXPORT(wasmsig_block) void* wasmsig_block() { return &wasmsig::queue::block; }

WSIG_EXPORT(wasmsig_safe_point) int32_t wasmsig_safe_point() { return wasmsig::process::safe_point(); }

WSIG_EXPORT(wasmsig_deliver) int32_t wasmsig_deliver() { return wasmsig::process::deliver(); }
