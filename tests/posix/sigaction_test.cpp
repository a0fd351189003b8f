#include "support.hpp"

namespace {

int flags_of(int signo) {
  struct sigaction action;
  REQUIRE(sigaction(signo, nullptr, &action) == 0);
#ifdef SA_RESTORER
  return action.sa_flags & ~SA_RESTORER;
#else
  return action.sa_flags & ~0x04000000;  // glibc shows the kernel's
#endif
}

void first(int signo) { record_signal(signo); }
void second(int signo) { record_signal(signo + 100); }
void third(int signo) { record_signal(signo + 200); }

}  // namespace

LIBC_TEST("signal() answers the previous disposition") {
  CHECK(signal(SIGUSR1, first) == SIG_DFL);
  CHECK(signal(SIGUSR1, second) == first);
  CHECK(signal(SIGUSR1, SIG_IGN) == second);
  CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
  CHECK(signal(SIGUSR1, first) == SIG_DFL);
}

LIBC_TEST("signal() keeps the handler, blocks the signal meanwhile and restarts system calls") {
  signal(SIGUSR1, first);
  raise(SIGUSR1);
  raise(SIGUSR1);
  CHECK(seen() == std::vector{SIGUSR1, SIGUSR1});
  CHECK(flags_of(SIGUSR1) == SA_RESTART);
  static bool inside;
  signal(SIGUSR2, [](int) { inside = blocked(SIGUSR2); });
  raise(SIGUSR2);
  CHECK(inside);
  CHECK(!blocked(SIGUSR2));
}

LIBC_TEST("SIG_IGN, SIG_DFL and every handler are different from each other") {
  // Table slots 0, 1 and 2 are where other C libraries for wasm confuse them.
  CHECK(SIG_IGN != SIG_DFL);
  CHECK(SIG_IGN != SIG_ERR);
  for (void (*handler)(int) : {first, second, third}) {
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    CHECK(signal(SIGUSR1, SIG_IGN) == handler);
    raise(SIGUSR1);
  }
  CHECK(seen() == std::vector{SIGUSR1, SIGUSR1 + 100, SIGUSR1 + 200});
}

LIBC_TEST("signal() refuses numbers that are no signal, SIGKILL, SIGSTOP and SIG_ERR") {
  for (int signo : {0, -1, NSIG, 99, 32, SIGKILL, SIGSTOP}) {
    errno = 0;
    CHECK(signal(signo, first) == SIG_ERR);
    CHECK(errno == EINVAL);
  }
  errno = 0;
  CHECK(signal(SIGUSR1, SIG_ERR) == SIG_ERR);
  CHECK(errno == EINVAL);
}

LIBC_TEST("sigaction() refuses numbers that are no signal, even to ask") {
  struct sigaction action = {}, old;
  action.sa_handler = first;
  for (int signo : {0, -1, NSIG, 99, 32, 33}) {
    errno = 0;
    CHECK(sigaction(signo, &action, nullptr) == -1);
    CHECK(errno == EINVAL);
    errno = 0;
    CHECK(sigaction(signo, nullptr, &old) == -1);
    CHECK(errno == EINVAL);
  }
}

LIBC_TEST("SIGKILL and SIGSTOP can be asked about but not changed") {
  for (int signo : {SIGKILL, SIGSTOP}) {
    for (void (*handler)(int) : {static_cast<void (*)(int)>(first), SIG_IGN, SIG_DFL}) {
      struct sigaction action = {};
      action.sa_handler = handler;
      errno = 0;
      CHECK(sigaction(signo, &action, nullptr) == -1);
      CHECK(errno == EINVAL);
    }
    struct sigaction old;
    CHECK(sigaction(signo, nullptr, &old) == 0);
    CHECK(old.sa_handler == SIG_DFL);
  }
}

LIBC_TEST("sigaction() answers what was set: handler, mask and flags") {
  catch_info(SIGUSR1, record_info, SA_RESTART | SA_NODEFER | SA_ONSTACK | SA_NOCLDSTOP, {SIGINT, SIGRTMAX, SIGKILL});
  struct sigaction old;
  CHECK(sigaction(SIGUSR1, nullptr, &old) == 0);
  CHECK(old.sa_sigaction == record_info);
  CHECK(flags_of(SIGUSR1) == (SA_SIGINFO | SA_RESTART | SA_NODEFER | SA_ONSTACK | SA_NOCLDSTOP));
  CHECK(sigismember(&old.sa_mask, SIGINT) == 1);
  CHECK(sigismember(&old.sa_mask, SIGRTMAX) == 1);
  CHECK(sigismember(&old.sa_mask, SIGTERM) == 0);
  CHECK(sigismember(&old.sa_mask, SIGKILL) == 0);
  CHECK(sigaction(SIGUSR1, nullptr, &old) == 0);
  CHECK(old.sa_sigaction == record_info);
}

LIBC_TEST("the same structure can be given and asked for at once") {
  catch_with(SIGUSR1, first);
  struct sigaction action = {};
  action.sa_handler = second;
  struct sigaction old;
  CHECK(sigaction(SIGUSR1, &action, &old) == 0);
  CHECK(old.sa_handler == first);
  CHECK(sigaction(SIGUSR1, &old, &action) == 0);
  CHECK(action.sa_handler == second);
}

LIBC_TEST("SA_RESETHAND resets to the default before the handler runs") {
  static void (*inside)(int);
  catch_with(SIGUSR1, [](int) {
    struct sigaction now;
    sigaction(SIGUSR1, nullptr, &now);
    inside = now.sa_handler;
  }, SA_RESETHAND);
  inside = first;
  raise(SIGUSR1);
  CHECK(inside == SIG_DFL);
}

LIBC_TEST("a handler is not entered again while it runs, unless SA_NODEFER") {
  static int depth, deepest, runs;
  const auto handler = [](int signo) {
    if (++depth > deepest) deepest = depth;
    if (++runs < 3) raise(signo);
    --depth;
  };
  for (bool defer : {true, false}) {
    depth = deepest = runs = 0;
    catch_with(SIGUSR1, handler, defer ? 0 : SA_NODEFER);
    raise(SIGUSR1);
    CHECK(runs == 3);
    CHECK(deepest == (defer ? 1 : 3));
  }
}

LIBC_TEST("sa_mask blocks during the handler and no longer") {
  static bool inside;
  catch_with(SIGUSR1, [](int) { inside = blocked(SIGUSR2) && blocked(SIGRTMAX) && !blocked(SIGTERM); }, 0, {SIGUSR2, SIGRTMAX});
  inside = false;
  raise(SIGUSR1);
  CHECK(inside);
  CHECK(!blocked(SIGUSR2));
  CHECK(!blocked(SIGUSR1));
}

LIBC_TEST("SA_NODEFER with the signal in sa_mask blocks it all the same") {
  static bool inside;
  catch_with(SIGUSR1, [](int) { inside = blocked(SIGUSR1); }, SA_NODEFER, {SIGUSR1});
  inside = false;
  raise(SIGUSR1);
  CHECK(inside);
}

LIBC_TEST("a handler may change its own disposition and others'") {
  catch_with(SIGUSR1, [](int signo) {
    record_signal(signo);
    signal(SIGUSR1, second);
    signal(SIGUSR2, SIG_IGN);
  });
  raise(SIGUSR1);
  raise(SIGUSR1);
  raise(SIGUSR2);
  CHECK(seen() == std::vector{SIGUSR1, SIGUSR1 + 100});
}

LIBC_TEST("siginfo has the sender, the code and the value") {
  for (int signo : {SIGUSR1, SIGINT, SIGCHLD, SIGRTMIN}) {
    catch_info(signo);
    recorded = 0;
    send_self(signo);
    raise(signo);
    queue_self(signo, 12345);
    REQUIRE(recorded == 3);
    CHECK(records[0].code == SI_USER);
    CHECK(records[0].pid == getpid());
    CHECK(records[1].code == SI_TKILL);
    CHECK(records[1].pid == getpid());
    CHECK(records[2].code == SI_QUEUE);
    CHECK(records[2].pid == getpid());
    CHECK(records[2].value == 12345);
  }
}

LIBC_TEST("siginfo carries a pointer and a negative number whole") {
  static void* pointer;
  static int number;
  static int signo_seen, errno_seen;
  catch_info(SIGRTMIN, [](int, siginfo_t* info, void*) {
    pointer = info->si_value.sival_ptr;
    number = info->si_value.sival_int;
    signo_seen = info->si_signo;
    errno_seen = info->si_errno;
  });
  union sigval value;
  value.sival_ptr = &pointer;
  REQUIRE(sigqueue(getpid(), SIGRTMIN, value) == 0);
  CHECK(pointer == &pointer);
  CHECK(signo_seen == SIGRTMIN);
  CHECK(errno_seen == 0);
  queue_self(SIGRTMIN, -7);
  CHECK(number == -7);
}

LIBC_TEST("the third argument is the context, and its mask is what the handler returns to") {
  static bool before_usr2, before_usr1;
  catch_info(SIGUSR1, [](int, siginfo_t*, void* context) {
    ucontext_t* const environment = static_cast<ucontext_t*>(context);
    before_usr2 = sigismember(&environment->uc_sigmask, SIGUSR2) == 1;
    before_usr1 = sigismember(&environment->uc_sigmask, SIGUSR1) == 1;
    sigdelset(&environment->uc_sigmask, SIGUSR2);
    sigaddset(&environment->uc_sigmask, SIGTERM);
    sigaddset(&environment->uc_sigmask, SIGKILL);
  });
  block({SIGUSR2});
  raise(SIGUSR1);
  CHECK(before_usr2);
  CHECK(!before_usr1);
  CHECK(!blocked(SIGUSR2));
  CHECK(blocked(SIGTERM));
  CHECK(!blocked(SIGKILL));
}

LIBC_TEST("unblocking in the context delivers what is pending") {
  catch_info(SIGUSR1, [](int signo, siginfo_t*, void* context) {
    record_signal(signo);
    sigdelset(&static_cast<ucontext_t*>(context)->uc_sigmask, SIGUSR2);
  });
  catch_with(SIGUSR2, record_signal);
  block({SIGUSR2});
  send_self(SIGUSR2);
  send_self(SIGUSR1);
  CHECK(seen() == std::vector{SIGUSR1, SIGUSR2});
}

LIBC_TEST("siginterrupt() switches SA_RESTART, and signal() does not undo it") {
  signal(SIGUSR1, first);
  CHECK(siginterrupt(SIGUSR1, 1) == 0);
  CHECK((flags_of(SIGUSR1) & SA_RESTART) == 0);
  signal(SIGUSR1, second);
  CHECK((flags_of(SIGUSR1) & SA_RESTART) == 0);
  CHECK(siginterrupt(SIGUSR1, 0) == 0);
  CHECK((flags_of(SIGUSR1) & SA_RESTART) != 0);
  raise(SIGUSR1);
  CHECK(seen() == std::vector{SIGUSR1 + 100});
  for (int signo : {0, -1, NSIG, SIGKILL}) {
    errno = 0;
    CHECK(siginterrupt(signo, 1) == -1);
    CHECK(errno == EINVAL);
  }
}

LIBC_TEST("the old XSI functions: sigset, sigignore, sighold, sigrelse") {
  CHECK(sigset(SIGUSR1, first) == SIG_DFL);
  CHECK(sigset(SIGUSR1, SIG_HOLD) == first);
  CHECK(blocked(SIGUSR1));
  raise(SIGUSR1);
  CHECK(recorded == 0);
  CHECK(sigset(SIGUSR1, second) == SIG_HOLD);
  CHECK(!blocked(SIGUSR1));
  CHECK(seen() == std::vector{SIGUSR1 + 100});
  CHECK(sighold(SIGUSR1) == 0);
  CHECK(blocked(SIGUSR1));
  CHECK(sigrelse(SIGUSR1) == 0);
  CHECK(!blocked(SIGUSR1));
  CHECK(sigignore(SIGUSR1) == 0);
  CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
  for (int signo : {0, -1, NSIG}) {
    errno = 0;
    CHECK(sigset(signo, first) == SIG_ERR);
    CHECK(errno == EINVAL);
    CHECK(sigignore(signo) == -1);
    CHECK(sighold(signo) == -1);
    CHECK(sigrelse(signo) == -1);
  }
  errno = 0;
  CHECK(sigignore(SIGKILL) == -1);
  CHECK(errno == EINVAL);
}
