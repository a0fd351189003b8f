#include "posix_timer.hpp"

LIBC_TEST("without an event a POSIX timer sends SIGALRM") {
  block({SIGALRM});
  timer_t id;
  REQUIRE(timer_create(CLOCK_REALTIME, nullptr, &id) == 0);
  const struct itimerspec value = {{}, timespec_of(1000)};
  CHECK(timer_settime(id, 0, &value, nullptr) == 0);
  CHECK(run_until([] { return is_pending(SIGALRM); }));
  siginfo_t info;
  CHECK(take(SIGALRM, &info) == SIGALRM);
  CHECK(info.si_code == SI_TIMER);
  CHECK(timer_delete(id) == 0);
}

LIBC_TEST("a silent timer only counts") {
  Timer timer(CLOCK_MONOTONIC, event_of(SIGEV_NONE, 0));
  CHECK(timer.left() == 0);
  timer.set(kMillisecond);
  CHECK(timer.left() <= kMillisecond);
  pass(2 * kMillisecond);
  CHECK(timer.left() == 0);
  timer.set(kMillisecond, 1000 * kSecond);
  pass(2 * kMillisecond);
  CHECK(timer.left() > 999 * kSecond);
  CHECK(timer.overrun() == 0);
}

LIBC_TEST("events, clocks, times and timers that are none are refused") {
  timer_t id;
  for (const int signo : {0, -1, 65, 1000}) {
    struct sigevent event = event_of(SIGEV_SIGNAL, signo);
    errno = 0;
    CHECK(timer_create(CLOCK_REALTIME, &event, &id) == -1);
    CHECK(errno == EINVAL);
  }
  for (const int notify : {3, 5, 77, -1}) {
    struct sigevent event = event_of(notify, SIGUSR1);
    errno = 0;
    CHECK(timer_create(CLOCK_REALTIME, &event, &id) == -1);
    CHECK(errno == EINVAL);
  }
  Timer timer(CLOCK_MONOTONIC, SIGUSR1);
  timer.set(100 * kSecond);
  struct itimerspec bad[4] = {};
  bad[0].it_value.tv_nsec = 1000000000;
  bad[1].it_value.tv_nsec = -1;
  bad[2].it_value.tv_sec = -1;
  bad[3].it_interval.tv_nsec = 1000000000;
  for (const struct itimerspec& value : bad) {
    errno = 0;
    CHECK(timer_settime(timer.id(), 0, &value, nullptr) == -1);
    CHECK(errno == EINVAL);
  }
  CHECK(timer.left() > 99 * kSecond);
  struct itimerspec value = {};
  const timer_t nobody = reinterpret_cast<timer_t>(static_cast<intptr_t>(0x7ffffff));
  CHECK(timer_settime(nobody, 0, &value, nullptr) == -1);
  CHECK(timer_gettime(nobody, &value) == -1);
  CHECK(timer_getoverrun(nobody) == -1);
  errno = 0;
  CHECK(timer_delete(nobody) == -1);
  CHECK(errno == EINVAL);
}

LIBC_TEST("there can be 32 timers and more, each with its value") {
  block({SIGRTMIN + 2});
  timer_t ids[40];
  const struct itimerspec value = {{}, timespec_of(kMillisecond)};
  for (int i = 0; i < 40; i++) {
    struct sigevent event = event_of(SIGEV_SIGNAL, SIGRTMIN + 2, i);
    REQUIRE(timer_create(CLOCK_MONOTONIC, &event, &ids[i]) == 0);
    REQUIRE(timer_settime(ids[i], 0, &value, nullptr) == 0);
    pass(10000);
  }
  pass(2 * kMillisecond);
  const std::vector<int> values = taken_values(SIGRTMIN + 2);
  REQUIRE(values.size() == 40);
  for (int i = 0; i < 40; i++) CHECK(values[static_cast<size_t>(i)] == i);
  for (timer_t id : ids) CHECK(timer_delete(id) == 0);
}

LIBC_TEST("signals of timers are pending beside others of their number, which coalesce") {
  block({SIGUSR1});
  Timer a(CLOCK_MONOTONIC, SIGUSR1, 1), b(CLOCK_MONOTONIC, SIGUSR1, 2);
  send_self(SIGUSR1);
  b.set(kMillisecond);
  a.set(3 * kMillisecond);
  pass(5 * kMillisecond);
  send_self(SIGUSR1);
  CHECK(taken_values(SIGUSR1) == std::vector<int>{-1, 2, 1});
  a.set(kMillisecond);
  pass(2 * kMillisecond);
  send_self(SIGUSR1);
  CHECK(taken_values(SIGUSR1) == std::vector<int>{1});
}

LIBC_TEST("what is pending of a timer that was set or deleted is not accepted") {
  block({SIGUSR1});
  Timer timer(CLOCK_MONOTONIC, SIGUSR1, 1);
  timer.set(kMillisecond);
  CHECK(run_until([] { return is_pending(SIGUSR1); }));
  timer.set(0);
  CHECK(is_pending(SIGUSR1));
  CHECK(taken_values(SIGUSR1).empty());
  CHECK(!is_pending(SIGUSR1));
  timer.set(kMillisecond);
  CHECK(run_until([] { return is_pending(SIGUSR1); }));
  CHECK(timer_delete(timer.id()) == 0);
  catch_info(SIGUSR1);
  unblock({SIGUSR1});
  CHECK(recorded == 0);
}

LIBC_TEST("an interval timer whose signal was ignored sends it when it is not ignored any more") {
  signal(SIGUSR1, SIG_IGN);
  Timer timer(CLOCK_MONOTONIC, SIGUSR1, 7);
  timer.set(kMillisecond, 2 * kMillisecond);
  pass(10 * kMillisecond);
  block({SIGUSR1});
  CHECK(!is_pending(SIGUSR1));
  catch_info(SIGUSR1);
  CHECK(is_pending(SIGUSR1));
  siginfo_t info;
  REQUIRE(take(SIGUSR1, &info) == SIGUSR1);
  CHECK(info.si_value.sival_int == 7);
  CHECK(info.si_overrun >= 3);
  timer.set(0);
}

LIBC_TEST("a handler of a timer may set and delete it") {
  static timer_t id;
  struct sigevent event = event_of(SIGEV_SIGNAL, SIGUSR1);
  REQUIRE(timer_create(CLOCK_MONOTONIC, &event, &id) == 0);
  catch_with(SIGUSR1, [](int signo) {
    record_signal(signo);
    const struct itimerspec next = {{}, timespec_of(kMillisecond)};
    if (recorded < 3)
      timer_settime(id, 0, &next, nullptr);
    else
      timer_delete(id);
  });
  const struct itimerspec value = {{}, timespec_of(kMillisecond)};
  CHECK(timer_settime(id, 0, &value, nullptr) == 0);
  CHECK(run_until([] { return recorded == 3; }));
  CHECK(timer_getoverrun(id) == -1);
}

LIBC_TEST("SIGEV_THREAD_ID sends to the thread that gettid() names") {
  CHECK(gettid() == getpid());
  catch_info(SIGUSR1);
  struct sigevent event = event_of(SIGEV_THREAD_ID, SIGUSR1, 9);
#if defined(sigev_notify_thread_id) || !defined(__GLIBC__)
  event.sigev_notify_thread_id = gettid();
#else
  event._sigev_un._tid = gettid();
#endif
  Timer timer(CLOCK_MONOTONIC, event);
  timer.set(kMillisecond);
  CHECK(run_until([] { return recorded == 1; }));
  CHECK(records[0].value == 9);
#if defined(sigev_notify_thread_id) || !defined(__GLIBC__)
  event.sigev_notify_thread_id = 0x3ffffff;
#else
  event._sigev_un._tid = 0x3ffffff;
#endif
  timer_t id;
  errno = 0;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &id) == -1);
  CHECK(errno == EINVAL);
}

#if defined(WSIG_TEST_THREADS)

namespace {

pthread_t notified_in;
volatile int notified;
volatile bool leaves;

void notify(union sigval value) {
  notified_in = pthread_self();
  notified = notified + value.sival_int;
  if (leaves) pthread_exit(nullptr);
}

}  // namespace

LIBC_TEST("SIGEV_THREAD calls the function in a thread of its own, each time") {
  for (const bool by_exit : {false, true}) {
    notified = 0;
    leaves = by_exit;
    struct sigevent event = event_of(SIGEV_THREAD, 0, 10);
    event.sigev_notify_function = notify;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    event.sigev_notify_attributes = by_exit ? &attributes : nullptr;
    Timer timer(CLOCK_MONOTONIC, event);
    pthread_attr_destroy(&attributes);
    timer.set(kMillisecond, 20 * kMillisecond);
    CHECK(run_until([] { return notified >= 30; }));
    CHECK(!pthread_equal(notified_in, pthread_self()));
    timer.set(0);
    pass(200 * kMillisecond);  // for those on their way
    const int before = notified;
    pass(50 * kMillisecond);
    CHECK(notified == before);
  }
}

#else

LIBC_TEST("where there are no threads SIGEV_THREAD is refused") {
  struct sigevent event = event_of(SIGEV_THREAD, 0);
  timer_t id;
  errno = 0;
  CHECK(timer_create(CLOCK_MONOTONIC, &event, &id) == -1);
  CHECK(errno == EINVAL);
}

#endif
