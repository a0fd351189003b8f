#include "support.hpp"

namespace {

alignas(16) char memory[65536];
char* where;
stack_t inside;

void note(int) {
  volatile char here = 0;
  where = const_cast<char*>(&here);
  sigaltstack(nullptr, &inside);
}

bool on_it() { return where >= memory && where < memory + sizeof memory; }

struct Disarmed {
  ~Disarmed() {
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }
};

void arm() {
  stack_t stack = {};
  stack.ss_sp = memory;
  stack.ss_size = sizeof memory;
  REQUIRE(sigaltstack(&stack, nullptr) == 0);
}

sigjmp_buf out;

// A function of its own: where jumps are exceptions, one through a frame with a destructor would run that.
void raise_and_return_by_jump() {
  if (sigsetjmp(out, 1) == 0) raise(SIGUSR1);
}

}  // namespace

LIBC_TEST("there is no alternate stack at first, and one that is set is reported") {
  Disarmed at_end;
  stack_t old;
  CHECK(sigaltstack(nullptr, &old) == 0);
  CHECK((old.ss_flags & SS_DISABLE) != 0);
  arm();
  CHECK(sigaltstack(nullptr, &old) == 0);
  CHECK(old.ss_sp == memory);
  CHECK(old.ss_size == sizeof memory);
  CHECK(old.ss_flags == 0);
}

LIBC_TEST("a handler with SA_ONSTACK runs on the alternate stack, others do not") {
  Disarmed at_end;
  arm();
  catch_with(SIGUSR1, note, SA_ONSTACK);
  raise(SIGUSR1);
  CHECK(on_it());
  CHECK((inside.ss_flags & SS_ONSTACK) != 0);
  catch_with(SIGUSR1, note);
  raise(SIGUSR1);
  CHECK(!on_it());
  CHECK((inside.ss_flags & SS_ONSTACK) == 0);
}

LIBC_TEST("the stack cannot be changed while it is in use") {
  Disarmed at_end;
  arm();
  static int result, error;
  catch_with(SIGUSR1, [](int) {
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    errno = 0;
    result = sigaltstack(&none, nullptr);
    error = errno;
  }, SA_ONSTACK);
  raise(SIGUSR1);
  CHECK(result == -1);
  CHECK(error == EPERM);
}

LIBC_TEST("a handler that leaves by a jump leaves the stack") {
  Disarmed at_end;
  arm();
  catch_with(SIGUSR1, [](int) { siglongjmp(out, 1); }, SA_ONSTACK);
  raise_and_return_by_jump();
  stack_t old;
  CHECK(sigaltstack(nullptr, &old) == 0);
  CHECK(old.ss_flags == 0);
  catch_with(SIGUSR1, note, SA_ONSTACK);
  raise(SIGUSR1);
  CHECK(on_it());
}

LIBC_TEST("nested handlers share the alternate stack") {
  Disarmed at_end;
  arm();
  catch_with(SIGUSR1, [](int) { raise(SIGUSR2); }, SA_ONSTACK);
  catch_with(SIGUSR2, note, SA_ONSTACK);
  raise(SIGUSR1);
  CHECK(on_it());
}

LIBC_TEST("stacks that are too small and flags that are none are refused") {
  Disarmed at_end;
  stack_t stack = {};
  stack.ss_sp = memory;
  stack.ss_size = 100;
  errno = 0;
  CHECK(sigaltstack(&stack, nullptr) == -1);
  CHECK(errno == ENOMEM);
  stack.ss_size = sizeof memory;
  stack.ss_flags = 64;
  errno = 0;
  CHECK(sigaltstack(&stack, nullptr) == -1);
  CHECK(errno == EINVAL);
}
