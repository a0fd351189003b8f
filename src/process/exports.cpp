// What hosts and instrumented code call (docs/host-abi.md, "Exports of the guest"). On wasm this is one object with
// start.cpp, which everything else needs, so a program that has signals has the exports.
//
// Why: docs/rationale.md#why-does-a-safe-point-move-the-stack-pointer-by-128-bytes
#include "process/internal.hpp"
#include "process/stack_pointer.hpp"

#define WSIG_EXPORT(name) extern "C" __attribute__((used, visibility("default"), WSIG_EXPORT_NAME(#name)))
#if defined(__wasm__)
#define WSIG_EXPORT_NAME(name) export_name(name)
#else
#define WSIG_EXPORT_NAME(name) noinline
#endif

WSIG_EXPORT(wasmsig_block) void* wasmsig_block() { return &wasmsig::queue::block; }

// A function that calls nothing may keep variables below the stack pointer without moving it: LLVM's red zone, of 128
// bytes. An instrumented loop in such a function calls this, so the stack begins below the red zone. A jump out of a
// handler restores the stack pointer itself.
#if defined(__wasm__)
WSIG_EXPORT(wasmsig_safe_point) int32_t wasmsig_safe_point() {
  constexpr uintptr_t kRedZone = 128;
  const uintptr_t top = wasmsig::stack_pointer();
  wasmsig::set_stack_pointer(top - kRedZone);
  const int32_t result = wasmsig::process::safe_point();
  wasmsig::set_stack_pointer(top);
  return result;
}
#else
WSIG_EXPORT(wasmsig_safe_point) int32_t wasmsig_safe_point() { return wasmsig::process::safe_point(); }
#endif

// Delivery is deferred from the first instruction: a safe point before that would run the handler, and the host would
// not know that its wait was interrupted. (This function is a safe point itself, so the instrumenter gives it none.)
WSIG_EXPORT(wasmsig_deliver) int32_t wasmsig_deliver() {
  using namespace wasmsig::process;
  if (defer_check()) return linked(poll_interrupted) && poll_interrupted() ? kInterrupts : kNone;
  const DeliveryDeferral deferral;
  return drain_and_deliver();
}
