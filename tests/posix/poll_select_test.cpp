#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>

#include "support.hpp"

#if !defined(POLLPRI)
#error "poll.h lacks what POSIX has"
#endif

namespace {

using Wait = int (*)(const struct timespec* limit, const sigset_t* mask);

int by_ppoll(const struct timespec* limit, const sigset_t* mask) { return ppoll(nullptr, 0, limit, mask); }
int by_pselect(const struct timespec* limit, const sigset_t* mask) { return pselect(0, nullptr, nullptr, nullptr, limit, mask); }
int by_poll(const struct timespec* limit, const sigset_t*) {
  return poll(nullptr, 0, limit ? static_cast<int>(limit->tv_sec * 1000 + limit->tv_nsec / 1000000) : -1);
}
int by_select(const struct timespec* limit, const sigset_t*) {
  struct timeval time = {};
  if (limit) time = {limit->tv_sec, static_cast<decltype(time.tv_usec)>(limit->tv_nsec / 1000)};
  return select(0, nullptr, nullptr, nullptr, limit ? &time : nullptr);
}

constexpr Wait kAll[] = {by_poll, by_select, by_ppoll, by_pselect};
constexpr Wait kWithMask[] = {by_ppoll, by_pselect};

constexpr struct timespec kNoTime = {0, 0};
constexpr struct timespec kShort = {0, 30000000};
constexpr struct timespec kLong = {60, 0};

sigset_t nothing() { return set_of({}); }

// An open file, which is always ready. -1: it could not be made.
int open_file() {
  const int fd = open("poll.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
  unlink("poll.tmp");
  return fd;
}

class Timed {
 public:
  double seconds() const { return now() - start_; }

 private:
  double start_ = now();
};

}  // namespace

LIBC_TEST("poll(), select(), ppoll() and pselect() wait for as long as they are told, and not at all for no time") {
  for (const Wait wait : kAll) {
    const Timed time;
    CHECK(wait(&kShort, nullptr) == 0);
    CHECK(time.seconds() >= 0.029);
    const Timed none;
    CHECK(wait(&kNoTime, nullptr) == 0);
    CHECK(none.seconds() < 20);
  }
}

LIBC_TEST("a handler ends the wait with EINTR, whatever SA_RESTART says") {
  for (const Wait wait : kAll) {
    for (const struct timespec* limit : {&kLong, static_cast<const struct timespec*>(nullptr)}) {
      for (const int flags : {0, SA_RESTART}) {
        recorded = 0;
        catch_with(SIGALRM, record_signal, flags);
        set_timer(ITIMER_REAL, 10000);
        const Timed time;
        errno = 0;
        CHECK(wait(limit, nullptr) == -1);
        CHECK(errno == EINTR);
        CHECK(recorded == 1);
        CHECK(time.seconds() < 30);
      }
    }
  }
}

LIBC_TEST("a signal that is pending and let in by the mask ends ppoll() and pselect() at once, also if they have no time") {
  for (const Wait wait : kWithMask) {
    for (const struct timespec* limit : {&kLong, &kNoTime, static_cast<const struct timespec*>(nullptr)}) {
      recorded = 0;
      catch_with(SIGUSR1, record_signal);
      block({SIGUSR1});
      send_self(SIGUSR1);
      const sigset_t none = nothing();
      errno = 0;
      CHECK(wait(limit, &none) == -1);
      CHECK(errno == EINTR);
      CHECK(recorded == 1);
      CHECK(blocked(SIGUSR1));
    }
  }
}

LIBC_TEST("what the mask does not let in stays pending, and without a mask what is blocked is") {
  for (const Wait wait : kWithMask) {
    recorded = 0;
    catch_with(SIGUSR1, record_signal);
    catch_with(SIGUSR2, record_signal);
    block({SIGUSR1});
    send_self(SIGUSR1);
    const sigset_t mask = set_of({SIGUSR1, SIGUSR2});
    CHECK(wait(&kShort, &mask) == 0);
    CHECK(wait(&kShort, nullptr) == 0);
    CHECK(recorded == 0);
    CHECK(is_pending(SIGUSR1));
    CHECK(!blocked(SIGUSR2));
    unblock({SIGUSR1});
    CHECK(recorded == 1);
  }
}

LIBC_TEST("a signal that comes during the wait ends it if its mask lets it in; the handler runs under that mask, the former one returns") {
  static bool usr1, usr2;
  catch_with(SIGALRM, [](int signo) {
    record_signal(signo);
    usr1 = blocked(SIGUSR1);
    usr2 = blocked(SIGUSR2);
  });
  for (const Wait wait : kWithMask) {
    recorded = 0;
    usr1 = true, usr2 = false;
    block({SIGALRM, SIGUSR1});
    const sigset_t mask = set_of({SIGUSR2});
    set_timer(ITIMER_REAL, 10000);
    errno = 0;
    CHECK(wait(&kLong, &mask) == -1);
    CHECK(errno == EINTR);
    CHECK(recorded == 1);
    CHECK(!usr1);
    CHECK(usr2);
    CHECK(blocked(SIGALRM));
    CHECK(blocked(SIGUSR1));
    CHECK(!blocked(SIGUSR2));
  }
}

LIBC_TEST("only signals that were let in when the wait ended are delivered under its mask: one that its handler sends waits for the former one") {
  catch_with(SIGUSR1, [](int signo) {
    record_signal(signo);
    send_self(SIGUSR2);
  }, 0, {SIGUSR2});
  catch_with(SIGUSR2, record_signal);
  for (const Wait wait : kWithMask) {
    recorded = 0;
    block({SIGUSR1, SIGUSR2});
    send_self(SIGUSR1);
    const sigset_t none = nothing();
    CHECK(wait(&kLong, &none) == -1);
    CHECK(recorded == 1);
    CHECK(is_pending(SIGUSR2));
    unblock({SIGUSR1, SIGUSR2});
    CHECK(recorded == 2);
  }
}

LIBC_TEST("ignored signals do not end the wait") {
  catch_with(SIGALRM, record_signal);
  signal(SIGUSR1, SIG_IGN);
  for (const Wait wait : kWithMask) {
    recorded = 0;
    block({SIGUSR1, SIGALRM});
    send_self(SIGUSR1);
    set_timer(ITIMER_REAL, 10000);
    const sigset_t none = nothing();
    CHECK(wait(&kLong, &none) == -1);
    CHECK(seen() == std::vector{SIGALRM});
    recorded = 0;
    send_self(SIGUSR1);
    CHECK(wait(&kShort, &none) == 0);
    CHECK(recorded == 0);
  }
}

LIBC_TEST("a handler may leave the wait by a jump, and the former mask returns with it") {
  static sigjmp_buf out;
  catch_with(SIGUSR1, [](int) { siglongjmp(out, 1); });
  for (const Wait wait : kWithMask) {
    block({SIGUSR1});
    send_self(SIGUSR1);
    const sigset_t none = nothing();
    if (sigsetjmp(out, 1) == 0) {
      wait(&kLong, &none);
      FAIL("it did not jump");
    }
    CHECK(blocked(SIGUSR1));
    set_timer(ITIMER_REAL, 10000);
    catch_with(SIGALRM, record_signal);
    CHECK(wait(&kLong, nullptr) == -1);
  }
}

LIBC_TEST("times that are none are EINVAL, and so are negative numbers of descriptors") {
  for (const Wait wait : kWithMask) {
    for (const struct timespec time : {timespec{0, 1000000000}, timespec{0, -1}, timespec{-1, 0}}) {
      errno = 0;
      CHECK(wait(&time, nullptr) == -1);
      CHECK(errno == EINVAL);
    }
  }
  for (struct timeval time : {timeval{-1, 0}, timeval{0, -1}}) {
    errno = 0;
    CHECK(select(0, nullptr, nullptr, nullptr, &time) == -1);
    CHECK(errno == EINVAL);
  }
  struct timeval none = {};
  errno = 0;
  CHECK(select(-1, nullptr, nullptr, nullptr, &none) == -1);
  CHECK(errno == EINVAL);
  errno = 0;
  CHECK(pselect(-1, nullptr, nullptr, nullptr, &kNoTime, nullptr) == -1);
  CHECK(errno == EINVAL);
  volatile nfds_t too_many = static_cast<nfds_t>(-1);
  errno = 0;
  CHECK(poll(nullptr, too_many, 0) == -1);
  CHECK(errno == EINVAL);
}

LIBC_TEST("select() takes more than a million microseconds, says what is left, and pselect() leaves its time alone") {
  catch_with(SIGALRM, record_signal);
  set_timer(ITIMER_REAL, 20000);
  struct timeval time = {58, 2000000};
  CHECK(select(0, nullptr, nullptr, nullptr, &time) == -1);
  CHECK(time.tv_sec == 59);
  CHECK(time.tv_usec < 990000);
  time = {0, 20000};
  CHECK(select(0, nullptr, nullptr, nullptr, &time) == 0);
  CHECK(time.tv_sec == 0);
  CHECK(time.tv_usec == 0);
  struct timespec kept = kShort;
  CHECK(pselect(0, nullptr, nullptr, nullptr, &kept, nullptr) == 0);
  CHECK(kept.tv_nsec == kShort.tv_nsec);
  CHECK(ppoll(nullptr, 0, &kept, nullptr) == 0);
  CHECK(kept.tv_nsec == kShort.tv_nsec);
}

LIBC_TEST("a file is ready at once and comes before a pending signal, whose handler runs under the former mask only") {
  const int fd = open_file();
  REQUIRE(fd >= 0);
  catch_with(SIGUSR1, record_signal);
  block({SIGUSR1});
  send_self(SIGUSR1);
  const sigset_t none = nothing();
  struct pollfd one = {fd, POLLIN | POLLOUT, 0};
  CHECK(ppoll(&one, 1, &kLong, &none) == 1);
  CHECK(one.revents == (POLLIN | POLLOUT));
  fd_set readable, writable;
  FD_ZERO(&readable);
  FD_SET(fd, &readable);
  writable = readable;
  CHECK(pselect(fd + 1, &readable, &writable, nullptr, &kLong, &none) == 2);
  CHECK(FD_ISSET(fd, &readable));
  CHECK(FD_ISSET(fd, &writable));
  CHECK(recorded == 0);
  CHECK(is_pending(SIGUSR1));
  close(fd);
}

LIBC_TEST("poll() passes over negative descriptors and says POLLNVAL of those that are not open, without waiting") {
  const int fd = open_file();
  REQUIRE(fd >= 0);
  struct pollfd all[] = {{-1, POLLIN, 7}, {1000, POLLIN, 0}, {fd, POLLOUT, 0}, {1001, 0, 0}};
  CHECK(poll(all, 4, -1) == 3);
  CHECK(all[0].revents == 0);
  CHECK(all[1].revents == POLLNVAL);
  CHECK(all[2].revents == POLLOUT);
  CHECK(all[3].revents == POLLNVAL);
  const Timed time;
  CHECK(poll(all, 1, 30) == 0);
  CHECK(time.seconds() >= 0.029);
  close(fd);
  CHECK(poll(all + 2, 1, -1) == 1);
  CHECK(all[2].revents == POLLNVAL);
}

LIBC_TEST("select() of a descriptor that is not open is EBADF and leaves the sets; one beyond the number is not read") {
  const int fd = open_file();
  const int closed = open_file();
  REQUIRE(fd >= 0);
  REQUIRE(closed > fd);
  close(closed);
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(fd, &readable);
  FD_SET(closed, &readable);
  errno = 0;
  CHECK(select(closed + 1, &readable, nullptr, nullptr, nullptr) == -1);
  CHECK(errno == EBADF);
  CHECK(FD_ISSET(fd, &readable));
  CHECK(FD_ISSET(closed, &readable));
  CHECK(select(fd + 1, &readable, nullptr, nullptr, nullptr) == 1);
  CHECK(FD_ISSET(fd, &readable));
  close(fd);
}

#if !defined(__wasi__)

LIBC_TEST("when the time is over the sets are empty, and after EINTR they are as they were") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(ends[0], &readable);
  struct timeval time = {0, 20000};
  CHECK(select(ends[0] + 1, &readable, nullptr, nullptr, &time) == 0);
  CHECK(!FD_ISSET(ends[0], &readable));
  FD_SET(ends[0], &readable);
  catch_with(SIGALRM, record_signal);
  set_timer(ITIMER_REAL, 10000);
  CHECK(select(ends[0] + 1, &readable, nullptr, nullptr, nullptr) == -1);
  CHECK(errno == EINTR);
  CHECK(FD_ISSET(ends[0], &readable));
  close(ends[0]);
  close(ends[1]);
}

LIBC_TEST("the self-pipe: what a handler writes ends the next wait, and an empty pipe is waited for") {
  static int ends[2];
  REQUIRE(pipe(ends) == 0);
  catch_with(SIGALRM, [](int signo) {
    record_signal(signo);
    if (write(ends[1], "x", 1) != 1) abort();
  });
  struct pollfd one = {ends[0], POLLIN, 0};
  CHECK(poll(&one, 1, 20) == 0);
  set_timer(ITIMER_REAL, 10000);
  CHECK(poll(&one, 1, -1) == -1);
  CHECK(errno == EINTR);
  CHECK(poll(&one, 1, -1) == 1);
  CHECK(one.revents == POLLIN);
  char got;
  CHECK(read(ends[0], &got, 1) == 1);
  CHECK(poll(&one, 1, 0) == 0);
  close(ends[0]);
  close(ends[1]);
}

#endif

#if defined(WSIG_TEST_THREADS)

LIBC_TEST("what another thread writes into a pipe ends the wait") {
  static int ends[2];
  REQUIRE(pipe(ends) == 0);
  pthread_t writer;
  REQUIRE(pthread_create(&writer, nullptr, [](void*) -> void* {
    const struct timespec some = {0, 20000000};
    nanosleep(&some, nullptr);
    if (write(ends[1], "x", 1) != 1) abort();
    return nullptr;
  }, nullptr) == 0);
  struct pollfd one = {ends[0], POLLIN, 0};
  CHECK(poll(&one, 1, -1) == 1);
  CHECK(one.revents == POLLIN);
  pthread_join(writer, nullptr);
  close(ends[0]);
  close(ends[1]);
}

// The thread may be cancelled before it waits or while it does, with the same result.
LIBC_TEST("pthread_cancel() ends a thread that waits for descriptors") {
  static const Wait* wait;
  for (const Wait& one : kAll) {
    wait = &one;
    pthread_t waiter;
    REQUIRE(pthread_create(&waiter, nullptr, [](void*) -> void* {
      (*wait)(nullptr, nullptr);
      return nullptr;
    }, nullptr) == 0);
    CHECK(pthread_cancel(waiter) == 0);
    void* result = nullptr;
    CHECK(pthread_join(waiter, &result) == 0);
    CHECK(result == PTHREAD_CANCELED);
  }
}

#endif
