// Threads: masks, pending sets, pthread_kill() and pthread_sigqueue().
#if defined(WSIG_TEST_THREADS)

#include <atomic>

#include "support.hpp"

using namespace libc_test;

namespace {

// What the other thread leaves for the test.
std::atomic<bool> started;
sigset_t its_mask, its_pending;
int its_result, its_error;
pthread_t handled_in;

void record_thread(int signo) {
  handled_in = pthread_self();
  record_signal(signo);
}

pthread_t start(void* (*entry)(void*)) {
  started = false;
  pthread_t thread;
  REQUIRE(pthread_create(&thread, nullptr, entry, nullptr) == 0);
  while (!started) sched_yield();
  return thread;
}

}  // namespace

LIBC_TEST("a new thread has its creator's mask and nothing pending") {
  block({SIGUSR1, SIGRTMIN + 1});
  REQUIRE(raise(SIGUSR1) == 0);
  const pthread_t thread = start([](void*) -> void* {
    pthread_sigmask(SIG_SETMASK, nullptr, &its_mask);
    sigpending(&its_pending);
    started = true;
    return nullptr;
  });
  REQUIRE(pthread_join(thread, nullptr) == 0);
  CHECK(sigismember(&its_mask, SIGUSR1) == 1);
  CHECK(sigismember(&its_mask, SIGRTMIN + 1) == 1);
  CHECK(sigismember(&its_mask, SIGUSR2) == 0);
  CHECK(sigismember(&its_pending, SIGUSR1) == 0);  // raise() sent it to this thread alone
  struct timespec now = {};
  const sigset_t one = set_of({SIGUSR1});
  CHECK(sigtimedwait(&one, nullptr, &now) == SIGUSR1);
}

LIBC_TEST("pthread_kill wakes a thread in sigsuspend, and the handler runs there") {
  catch_with(SIGUSR1, record_thread);
  block({SIGUSR1});
  const pthread_t thread = start([](void*) -> void* {
    sigset_t none;
    sigemptyset(&none);
    started = true;
    its_result = sigsuspend(&none);
    its_error = errno;
    return nullptr;
  });
  CHECK(pthread_kill(thread, SIGUSR1) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  CHECK(its_result == -1);
  CHECK(its_error == EINTR);
  CHECK(seen() == std::vector<int>{SIGUSR1});
  CHECK(pthread_equal(handled_in, thread));
}

LIBC_TEST("a signal of the process is accepted by the thread that waits for it") {
  block({SIGUSR2});
  const pthread_t thread = start([](void*) -> void* {
    const sigset_t wanted = set_of({SIGUSR2});
    started = true;
    its_error = sigwait(&wanted, &its_result);
    return nullptr;
  });
  CHECK(kill(getpid(), SIGUSR2) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  CHECK(its_error == 0);
  CHECK(its_result == SIGUSR2);
}

LIBC_TEST("pthread_kill checks the signal and may send none") {
  CHECK(pthread_kill(pthread_self(), 0) == 0);
  CHECK(pthread_kill(pthread_self(), -1) == EINVAL);
  CHECK(pthread_kill(pthread_self(), 65) == EINVAL);
}

LIBC_TEST("pthread_sigqueue sends to that thread alone, with the value") {
  block({SIGRTMIN});
  static siginfo_t its_info;
  its_info = {};
  const pthread_t thread = start([](void*) -> void* {
    const sigset_t wanted = set_of({SIGRTMIN});
    started = true;
    do its_result = sigwaitinfo(&wanted, &its_info);
    while (its_result == -1 && errno == EINTR);
    return nullptr;
  });
  union sigval value = {};
  value.sival_int = 4711;
  CHECK(pthread_sigqueue(thread, SIGRTMIN, value) == 0);
  CHECK(!is_pending(SIGRTMIN));
  REQUIRE(pthread_join(thread, nullptr) == 0);
  CHECK(its_result == SIGRTMIN);
  CHECK(its_info.si_code == SI_QUEUE);
  CHECK(its_info.si_pid == getpid());
  CHECK(its_info.si_value.sival_int == 4711);
}

LIBC_TEST("pthread_sigqueue finds no thread that has ended, and looks for it before it checks the number") {
  pthread_t thread;
  REQUIRE(pthread_create(&thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr) == 0);
  const union sigval value = {};
  CHECK(run_until([&] { return pthread_sigqueue(thread, 0, value) == ESRCH; }));
  for (int signo : {SIGUSR1, SIGRTMIN, -1, 32, 65}) CHECK(pthread_sigqueue(thread, signo, value) == ESRCH);
  REQUIRE(pthread_join(thread, nullptr) == 0);
}

#endif
