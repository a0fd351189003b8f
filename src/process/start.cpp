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

// As execve(2): what was ignored stays ignored, and the mask stays. (The first thread's record is the main thread's.)
static void inherit() {
  const auto set = [](const uint32_t (&words)[2]) { return SignalSet{words[1] * (uint64_t{1} << 32) | words[0]} - kUnblockable; };
  state.kept = set(queue::block.ignored);
  for (SignalSet rest = state.kept; !rest.empty(); rest.remove(rest.lowest())) state.actions[rest.lowest()].disposition = Disposition::kIgnore;
  state.threads[0].mask = set(queue::block.blocked);
}

// Acquire pairs with the release of the thread that attached, whose stores to the state and the block it makes visible.
static void attach() {
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

WSIG_EXPORT(wasmsig_block) void* wasmsig_block() { return &wasmsig::queue::block; }

// A function that calls nothing may keep variables below the stack pointer without moving it: LLVM's red zone, of 128 bytes. An instrumented loop
// in such a function calls this, so the stack begins below the red zone. Who leaves a handler by a jump restores the stack pointer himself.
#if defined(__wasm__)
__asm__(".globaltype __stack_pointer, i32");

WSIG_EXPORT(wasmsig_safe_point) int32_t wasmsig_safe_point() {
  constexpr uintptr_t kRedZone = 128;
  uintptr_t top;
  __asm__ volatile("global.get __stack_pointer\n local.set %0" : "=r"(top));
  __asm__ volatile("local.get %0\n global.set __stack_pointer" : : "r"(top - kRedZone) : "memory");
  const int32_t result = wasmsig::process::safe_point();
  __asm__ volatile("local.get %0\n global.set __stack_pointer" : : "r"(top) : "memory");
  return result;
}
#else
WSIG_EXPORT(wasmsig_safe_point) int32_t wasmsig_safe_point() { return wasmsig::process::safe_point(); }
#endif

// Inside from its first instruction: a safe point in front of that would run the handler, and the host would not know that its wait was interrupted. (This
// function itself is a safe point, and gets none.)
WSIG_EXPORT(wasmsig_deliver) int32_t wasmsig_deliver() {
  using namespace wasmsig::process;
  if (put_off_look()) return linked(poll_interrupted) && poll_interrupted() ? kInterrupts : kNone;
  const Inside inside;
  return take_and_deliver();
}
