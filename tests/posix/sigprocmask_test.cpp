#include "support.hpp"

LIBC_TEST("a blocked signal stays pending until unblocked, and its handler runs before the call returns") {
  catch_with(SIGUSR1, record_signal);
  block({SIGUSR1});
  raise(SIGUSR1);
  CHECK(recorded == 0);
  CHECK(is_pending(SIGUSR1));
  CHECK(!is_pending(SIGUSR2));
  unblock({SIGUSR1});
  CHECK(recorded == 1);
  CHECK(!is_pending(SIGUSR1));
}

LIBC_TEST("masks are joined, subtracted and replaced") {
  sigset_t set = set_of({SIGUSR1}), old;
  CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
  CHECK(sigismember(&old, SIGUSR1) == 0);
  set = set_of({SIGUSR2});
  CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
  CHECK(sigismember(&old, SIGUSR1) == 1);
  CHECK(sigismember(&old, SIGUSR2) == 0);
  CHECK((blocked(SIGUSR1) && blocked(SIGUSR2)));
  set = set_of({SIGUSR1, SIGTERM});
  CHECK(sigprocmask(SIG_UNBLOCK, &set, nullptr) == 0);
  CHECK((!blocked(SIGUSR1) && blocked(SIGUSR2)));
  set = set_of({SIGRTMAX});
  CHECK(pthread_sigmask(SIG_SETMASK, &set, &old) == 0);
  CHECK((!blocked(SIGUSR2) && blocked(SIGRTMAX)));
}

LIBC_TEST("a mask is asked for with a null set, whatever the first argument") {
  block({SIGUSR1});
  for (int how : {SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK, 99, -1}) {
    sigset_t old = set_of({SIGUSR2});
    CHECK(sigprocmask(how, nullptr, &old) == 0);
    CHECK(sigismember(&old, SIGUSR1) == 1);
    CHECK(sigismember(&old, SIGUSR2) == 0);
    CHECK(pthread_sigmask(how, nullptr, &old) == 0);
  }
  CHECK(sigprocmask(SIG_SETMASK, nullptr, nullptr) == 0);
}

LIBC_TEST("a wrong first argument is refused and changes nothing") {
  const sigset_t set = set_of({SIGUSR1});
  errno = 0;
  CHECK(sigprocmask(99, &set, nullptr) == -1);
  CHECK(errno == EINVAL);
  CHECK(pthread_sigmask(-1, &set, nullptr) == EINVAL);
  CHECK(!blocked(SIGUSR1));
}

LIBC_TEST("SIGKILL and SIGSTOP are silently not blocked") {
  sigset_t all;
  sigfillset(&all);
  CHECK(sigprocmask(SIG_SETMASK, &all, nullptr) == 0);
  CHECK(!blocked(SIGKILL));
  CHECK(!blocked(SIGSTOP));
  CHECK(blocked(SIGUSR1));
}

LIBC_TEST("a standard signal is pending once, with what the first sender said") {
  catch_info(SIGUSR1);
  block({SIGUSR1});
  queue_self(SIGUSR1, 1);
  queue_self(SIGUSR1, 2);
  send_self(SIGUSR1);
  unblock({SIGUSR1});
  REQUIRE(recorded == 1);
  CHECK(records[0].code == SI_QUEUE);
  CHECK(records[0].value == 1);
}

LIBC_TEST("a signal pending for the thread and for the process is two signals") {
  catch_info(SIGUSR1);
  block({SIGUSR1});
  raise(SIGUSR1);
  send_self(SIGUSR1);
  raise(SIGUSR1);
  unblock({SIGUSR1});
  CHECK(recorded == 2);
}

LIBC_TEST("real-time signals queue, each in the order sent") {
  catch_info(SIGRTMIN + 1);
  block({SIGRTMIN + 1});
  for (int i = 0; i < 5; ++i) queue_self(SIGRTMIN + 1, i);
  send_self(SIGRTMIN + 1);
  sigset_t set = set_of({SIGRTMIN + 1});
  for (int i = 0; i < 5; ++i) {
    siginfo_t info;
    struct timespec none = {};
    CHECK(sigtimedwait(&set, &info, &none) == SIGRTMIN + 1);
    CHECK(info.si_code == SI_QUEUE);
    CHECK(info.si_value.sival_int == i);
  }
  unblock({SIGRTMIN + 1});
  REQUIRE(recorded == 1);
  CHECK(records[0].code == SI_USER);
}

// Linux: signals are dequeued lowest first, each gets a frame on top of the former's before anything runs.
LIBC_TEST("of several signals unblocked at once the lowest is dequeued first, so its handler runs last") {
  const std::initializer_list<int> signals = {SIGRTMIN + 2, SIGUSR1, SIGTERM, SIGHUP, SIGRTMIN};
  for (int signo : signals) catch_with(signo, record_signal);
  block(signals);
  for (int signo : signals) send_self(signo);
  unblock(signals);
  CHECK(seen() == std::vector{SIGRTMIN + 2, SIGRTMIN, SIGTERM, SIGUSR1, SIGHUP});
}

LIBC_TEST("with everything in sa_mask the handlers run lowest first") {
  const std::initializer_list<int> signals = {SIGRTMIN + 2, SIGUSR1, SIGTERM, SIGHUP, SIGRTMIN};
  for (int signo : signals) catch_with(signo, record_signal, 0, signals);
  block(signals);
  for (int signo : signals) send_self(signo);
  unblock(signals);
  CHECK(seen() == std::vector{SIGHUP, SIGUSR1, SIGTERM, SIGRTMIN, SIGRTMIN + 2});
}

LIBC_TEST("queued values of one real-time signal arrive in order, since it blocks itself") {
  catch_info(SIGRTMIN);
  block({SIGRTMIN});
  for (int i = 0; i < 20; ++i) queue_self(SIGRTMIN, i);
  unblock({SIGRTMIN});
  REQUIRE(recorded == 20);
  for (int i = 0; i < 20; ++i) CHECK(records[i].value == i);
}

LIBC_TEST("what was sent to the thread is dequeued before what was sent to the process") {
  catch_info(SIGUSR1, record_info, 0, {SIGUSR1, SIGHUP});
  catch_info(SIGHUP, record_info, 0, {SIGUSR1, SIGHUP});
  block({SIGUSR1, SIGHUP});
  send_self(SIGHUP);
  raise(SIGUSR1);
  unblock({SIGUSR1, SIGHUP});
  CHECK(seen() == std::vector{SIGUSR1, SIGHUP});
}

LIBC_TEST("the synchronous signals come before all others") {
  for (int signo : {SIGHUP, SIGSEGV, SIGFPE}) catch_with(signo, record_signal, 0, {SIGHUP, SIGSEGV, SIGFPE});
  block({SIGHUP, SIGSEGV, SIGFPE});
  send_self(SIGHUP);
  send_self(SIGSEGV);
  send_self(SIGFPE);
  unblock({SIGHUP, SIGSEGV, SIGFPE});
  CHECK(seen() == std::vector{SIGFPE, SIGSEGV, SIGHUP});
}

LIBC_TEST("setting SIG_IGN discards what is pending, blocked or not") {
  catch_with(SIGUSR1, record_signal);
  catch_with(SIGRTMIN, record_signal);
  block({SIGUSR1, SIGRTMIN});
  send_self(SIGUSR1);
  raise(SIGUSR1);
  queue_self(SIGRTMIN, 1);
  queue_self(SIGRTMIN, 2);
  signal(SIGUSR1, SIG_IGN);
  signal(SIGRTMIN, SIG_IGN);
  CHECK(!is_pending(SIGUSR1));
  CHECK(!is_pending(SIGRTMIN));
  signal(SIGUSR1, record_signal);
  signal(SIGRTMIN, record_signal);
  unblock({SIGUSR1, SIGRTMIN});
  CHECK(recorded == 0);
}

LIBC_TEST("setting SIG_DFL discards a pending signal whose default is to be ignored") {
  catch_with(SIGCHLD, record_signal);
  block({SIGCHLD});
  send_self(SIGCHLD);
  CHECK(is_pending(SIGCHLD));
  signal(SIGCHLD, SIG_DFL);
  CHECK(!is_pending(SIGCHLD));
}

LIBC_TEST("an ignored signal that is blocked when it is sent is kept until it is unblocked") {
  signal(SIGUSR1, SIG_IGN);
  block({SIGUSR1});
  send_self(SIGUSR1);
  CHECK(is_pending(SIGUSR1));
  catch_with(SIGUSR1, record_signal);
  unblock({SIGUSR1});
  CHECK(recorded == 1);
}

LIBC_TEST("a stop signal discards a pending SIGCONT, and SIGCONT the pending stop signals") {
  catch_with(SIGCONT, record_signal);
  catch_with(SIGTSTP, record_signal);
  block({SIGCONT, SIGTSTP, SIGTTIN});
  send_self(SIGTSTP);
  send_self(SIGTTIN);
  CHECK(is_pending(SIGTSTP));
  send_self(SIGCONT);
  CHECK(!is_pending(SIGTSTP));
  CHECK(!is_pending(SIGTTIN));
  CHECK(is_pending(SIGCONT));
  send_self(SIGTSTP);
  CHECK(!is_pending(SIGCONT));
  unblock({SIGCONT, SIGTSTP, SIGTTIN});
  CHECK(seen() == std::vector{SIGTSTP});
}

LIBC_TEST("a signal that arrives during delivery is delivered too") {
  catch_with(SIGUSR1, [](int signo) {
    record_signal(signo);
    send_self(SIGUSR2);
    record_signal(signo);
  });
  catch_with(SIGUSR2, record_signal);
  raise(SIGUSR1);
  CHECK(seen() == std::vector{SIGUSR1, SIGUSR2, SIGUSR1});
}

LIBC_TEST("handlers nest, and every level gets its mask back") {
  static sigset_t inner, outer;
  catch_with(SIGUSR1, [](int) {
    raise(SIGUSR2);
    sigprocmask(SIG_SETMASK, nullptr, &outer);
  });
  catch_with(SIGUSR2, [](int) { sigprocmask(SIG_SETMASK, nullptr, &inner); });
  block({SIGHUP});
  raise(SIGUSR1);
  CHECK(sigismember(&inner, SIGUSR1) == 1);
  CHECK(sigismember(&inner, SIGUSR2) == 1);
  CHECK(sigismember(&outer, SIGUSR1) == 1);
  CHECK(sigismember(&outer, SIGUSR2) == 0);
  CHECK(!blocked(SIGUSR1));
  CHECK(blocked(SIGHUP));
}

LIBC_TEST("a handler's changes of the mask end with it") {
  catch_with(SIGUSR1, [](int) { block({SIGTERM}); });
  raise(SIGUSR1);
  CHECK(!blocked(SIGTERM));
}

LIBC_TEST("sigpending() shows what is pending for the thread and for the process") {
  block({SIGUSR1, SIGUSR2, SIGRTMAX});
  raise(SIGUSR1);
  send_self(SIGUSR2);
  queue_self(SIGRTMAX, 1);
  sigset_t set;
  CHECK(sigpending(&set) == 0);
  for (int signo = 1; signo < NSIG; ++signo) {
    CHECK(sigismember(&set, signo) == (signo == SIGUSR1 || signo == SIGUSR2 || signo == SIGRTMAX));
  }
}

// The GNU C library warns of sigmask() and siggetmask().
static int bit(int signo) { return 1 << (signo - 1); }

#if defined(__GLIBC__)
static int siggetmask_() { return sigblock(0); }
#define siggetmask siggetmask_
#else
LIBC_TEST("sigmask() is a bit for each signal") {
  for (int signo = 1; signo < 32; signo++) CHECK(sigmask(signo) == bit(signo));
}
#endif

LIBC_TEST("sigblock() and sigsetmask() take and give masks as numbers") {
  CHECK(sigblock(bit(SIGUSR1)) == 0);
  CHECK(sigblock(bit(SIGTERM) | bit(SIGKILL)) == bit(SIGUSR1));
  CHECK(siggetmask() == (bit(SIGUSR1) | bit(SIGTERM)));
  block({SIGRTMIN});
  CHECK(sigsetmask(bit(SIGUSR2)) == (bit(SIGUSR1) | bit(SIGTERM)));
  CHECK(siggetmask() == bit(SIGUSR2));
  CHECK(!blocked(SIGRTMIN));
  CHECK(sigsetmask(0) == bit(SIGUSR2));
}

LIBC_TEST("sigsetmask() delivers what it unblocks before it returns") {
  catch_with(SIGUSR1, record_signal);
  sigblock(bit(SIGUSR1));
  raise(SIGUSR1);
  CHECK(recorded == 0);
  sigsetmask(0);
  CHECK(recorded == 1);
}
