#include "support.hpp"

namespace {

sigjmp_buf target;
jmp_buf plain_target;

}  // namespace

LIBC_TEST("siglongjmp() out of a handler restores the mask that sigsetjmp() kept") {
  catch_with(SIGUSR1, [](int) { siglongjmp(target, 7); }, 0, {SIGUSR2});
  block({SIGHUP});
  const int value = sigsetjmp(target, 1);
  if (value == 0) {
    unblock({SIGHUP});
    raise(SIGUSR1);
    FAIL("the handler returned");
  }
  CHECK(value == 7);
  CHECK(!blocked(SIGUSR1));
  CHECK(!blocked(SIGUSR2));
  CHECK(blocked(SIGHUP));
}

LIBC_TEST("siglongjmp() with 0 arrives as 1") {
  const int value = sigsetjmp(target, 1);
  if (value == 0) siglongjmp(target, 0);
  CHECK(value == 1);
}

LIBC_TEST("without a kept mask the handler's mask stays after the jump") {
  catch_with(SIGUSR1, [](int) { siglongjmp(target, 1); }, 0, {SIGUSR2});
  if (sigsetjmp(target, 0) == 0) raise(SIGUSR1);
  CHECK(blocked(SIGUSR1));
  CHECK(blocked(SIGUSR2));
}

LIBC_TEST("longjmp() out of a handler leaves its mask") {
  catch_with(SIGUSR1, [](int) { longjmp(plain_target, 1); });
  if (setjmp(plain_target) == 0) raise(SIGUSR1);
  CHECK(blocked(SIGUSR1));
  catch_with(SIGUSR2, record_signal);
  raise(SIGUSR2);
  CHECK(recorded == 1);
}

LIBC_TEST("a jump out of a handler can be done again and again") {
  static volatile int jumps;
  jumps = 0;
  catch_with(SIGUSR1, [](int) { siglongjmp(target, 1); });
  sigsetjmp(target, 1);
  if (jumps < 10000) {
    jumps = jumps + 1;
    raise(SIGUSR1);
    FAIL("the handler returned");
  }
  CHECK(jumps == 10000);
}

LIBC_TEST("a jump out of a nested handler leaves both") {
  catch_with(SIGUSR1, [](int) { raise(SIGUSR2); });
  catch_with(SIGUSR2, [](int) { siglongjmp(target, 1); });
  if (sigsetjmp(target, 1) == 0) raise(SIGUSR1);
  CHECK(!blocked(SIGUSR1));
  CHECK(!blocked(SIGUSR2));
  catch_with(SIGUSR1, record_signal);
  raise(SIGUSR1);
  CHECK(recorded == 1);
}

LIBC_TEST("what the jump's mask unblocks is delivered") {
  catch_with(SIGUSR1, [](int) {
    static int runs;
    if (runs++ == 0) {
      raise(SIGUSR1);
      siglongjmp(target, 1);
    }
    record_signal(SIGUSR1);
  });
  if (sigsetjmp(target, 1) == 0) raise(SIGUSR1);
  CHECK(run_until([] { return recorded >= 1; }));
}

LIBC_TEST("a jump during the delivery of several leaves the others to be delivered") {
  const std::initializer_list<int> signals = {SIGHUP, SIGUSR1, SIGUSR2};
  catch_with(SIGHUP, record_signal, 0, signals);
  catch_with(SIGUSR1, [](int signo) {
    record_signal(signo);
    siglongjmp(target, 1);
  }, 0, signals);
  catch_with(SIGUSR2, record_signal, 0, signals);
  if (sigsetjmp(target, 1) == 0) {
    block(signals);
    for (int signo : signals) send_self(signo);
    unblock(signals);
    FAIL("the jump did not happen");
  }
  CHECK(run_until([] { return recorded == 3; }));
  CHECK(seen() == std::vector{SIGHUP, SIGUSR1, SIGUSR2});
}
