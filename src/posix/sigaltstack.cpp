// Alternate stacks. A wasm program has two: the engine's, which nobody can change, and the C library's in linear
// memory, for everything that has an address. The second is what SA_ONSTACK replaces; __stack_pointer is its top.
#include "posix/convert.hpp"
#include "process/stack_pointer.hpp"

namespace wasmsig::posix {

namespace {

struct Alternate {
  uintptr_t bottom = 0;
  size_t size = 0;
  unsigned flags = SS_DISABLE;
};

constinit thread_local Alternate alternate;

// By address and not by a flag, so that a handler that leaves by a jump is off the stack without further ado.
bool in_use() {
  const uintptr_t top = stack_pointer();
  return alternate.size != 0 && top > alternate.bottom && top <= alternate.bottom + alternate.size;
}

// Nothing of this function may live in linear memory: its frame would be taken from the stack it is changing.
[[gnu::noinline]] void call_with_stack(uintptr_t top, void (*call)(void*), void* context) {
  const uintptr_t old = stack_pointer();
  set_stack_pointer(top);
  call(context);
  set_stack_pointer(old);
}

}  // namespace

stack_t alternate_stack() {
  stack_t stack = {};
  stack.ss_sp = reinterpret_cast<void*>(alternate.bottom);
  stack.ss_size = alternate.size;
  stack.ss_flags =
      static_cast<int>(alternate.size == 0 ? unsigned{SS_DISABLE} : alternate.flags | (in_use() ? SS_ONSTACK : 0));
  return stack;
}

void on_alternate_stack(void (*call)(void*), void* context) {
  if (alternate.size == 0 || in_use()) return call(context);
  const Alternate kept = alternate;
  if (kept.flags & SS_AUTODISARM) alternate = {};
  call_with_stack((kept.bottom + kept.size) & ~uintptr_t{15}, call, context);
  if (kept.flags & SS_AUTODISARM) alternate = kept;
}

}  // namespace wasmsig::posix

using namespace wasmsig::posix;

// The last call of a program that trapped (docs/host-abi.md). The trap may have been that its own stack is exhausted, so
// the library's frames are on the alternate one as well, and nothing of this function lives in memory. Programs that
// name neither SA_SIGINFO, SA_ONSTACK nor this stack do not link it, and their handler is called by a usual delivery.
#if defined(__wasm__)
extern "C" __attribute__((used, visibility("default"), export_name("wasmsig_fault"))) void wasmsig_fault(int32_t signo,
                                                                                                         int32_t code) {
  constexpr int kCodeBits = 8;
  on_alternate_stack(
      [](void* both) {
        const auto bits = reinterpret_cast<intptr_t>(both);
        wasmsig::process::take_fault(static_cast<int>(bits >> kCodeBits),
                                     static_cast<int32_t>(bits & ((1 << kCodeBits) - 1)));
      },
      reinterpret_cast<void*>(intptr_t{signo} << kCodeBits | code));
}
#endif

// Linux's checks in Linux's order: EPERM on the stack, EINVAL for flags, ENOMEM for size. SS_ONSTACK is accepted and
// means none.
extern "C" int sigaltstack(const stack_t* __restrict wanted, stack_t* __restrict old) {
  const stack_t previous = alternate_stack();
  if (wanted) {
    if (in_use()) return fail(EPERM);
    const unsigned mode = static_cast<unsigned>(wanted->ss_flags) & ~SS_AUTODISARM;
    if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE) return fail(EINVAL);
    if (mode == SS_DISABLE) {
      alternate = {};
    } else {
      if (wanted->ss_size < MINSIGSTKSZ) return fail(ENOMEM);
      alternate = {reinterpret_cast<uintptr_t>(wanted->ss_sp), wanted->ss_size,
                   static_cast<unsigned>(wanted->ss_flags) & SS_AUTODISARM};
    }
  }
  if (old) *old = previous;
  return 0;
}
