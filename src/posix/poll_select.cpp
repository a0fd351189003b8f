// Waiting for descriptors, with a time limit and a mask.
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>

#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

constexpr int64_t kNoLimit = -1;
constexpr nfds_t kMaxDescriptors = FD_SETSIZE;  // as Linux's usual limit of open files, which is the one of poll()

// The mask of ppoll() and pselect(), which may be null.
class Mask {
 public:
  explicit Mask(const sigset_t* mask) : there_(mask != nullptr) {
    if (mask) set_ = from(*mask);
  }
  operator const SignalSet*() const { return there_ ? &set_ : nullptr; }

 private:
  SignalSet set_;
  bool there_;
};

// A timespec that may be null. False: it is no time.
bool limit_of(const struct timespec* time, int64_t* limit_ns) {
  *limit_ns = time ? nanoseconds(time->tv_sec, time->tv_nsec) : kNoLimit;
  return !time || valid_timespec(*time);
}

int poll_for(struct pollfd* fds, nfds_t count, const SignalSet* mask, int64_t limit_ns) {
  if (count > kMaxDescriptors) return fail(EINVAL);
  return result(cancellation_point([=] { return process::poll(fds, static_cast<unsigned>(count), mask, limit_ns, nullptr); }));
}

// One of select()'s three sets: what its members wait for, and what makes them ready, as in Linux.
struct Wanted {
  fd_set* set;
  short events, ready;
};

// A negative errno, or how many bits the sets have now.
int select_for(int limit, fd_set* readable, fd_set* writable, fd_set* exceptional, const SignalSet* mask, int64_t* limit_ns) {
  if (limit < 0) return -EINVAL;
  if (limit > FD_SETSIZE) limit = FD_SETSIZE;
  const Wanted all[] = {
      {readable, POLLIN, POLLIN | POLLHUP | POLLERR},
      {writable, POLLOUT, POLLOUT | POLLERR},
      {exceptional, POLLPRI, POLLPRI},
  };
  const auto events_of = [&all](int fd) {
    int events = 0;
    for (const Wanted& one : all) {
      if (one.set && FD_ISSET(fd, one.set)) events |= one.events;
    }
    return static_cast<short>(events);
  };
  unsigned count = 0;
  for (int fd = 0; fd < limit; fd++) count += events_of(fd) != 0;
  auto* const fds = static_cast<struct pollfd*>(__builtin_alloca((count + 1) * sizeof(struct pollfd)));
  struct pollfd* next = fds;
  for (int fd = 0; fd < limit; fd++) {
    if (const short events = events_of(fd)) *next++ = {fd, events, 0};
  }

  const auto is_ready = [](const Wanted& wanted, const struct pollfd& one) { return (one.events & wanted.events) && (one.revents & wanted.ready); };
  int bits;
  do {
    const int ready = cancellation_point([&] { return process::poll(fds, count, mask, *limit_ns, limit_ns); });
    if (ready < 0) return ready;
    bits = 0;
    for (struct pollfd* one = fds; one != next; one++) {
      if (one->revents & POLLNVAL) return -EBADF;
      int found = 0;
      for (const Wanted& wanted : all) found += is_ready(wanted, *one);
      // Something happened to it that none of its sets asks for, and will not end
      if (one->revents && !found) one->fd = -1;
      bits += found;
    }
    if (ready == 0) break;
  } while (bits == 0);

  for (const Wanted& wanted : all) {
    if (!wanted.set) continue;
    FD_ZERO(wanted.set);
    for (struct pollfd* one = fds; one != next; one++) {
      if (is_ready(wanted, *one)) FD_SET(one->fd, wanted.set);
    }
  }
  return bits;
}

}  // namespace

extern "C" {

int poll(struct pollfd* fds, nfds_t count, int limit_ms) {
  return poll_for(fds, count, nullptr, limit_ms < 0 ? kNoLimit : int64_t{limit_ms} * 1000000);
}

int ppoll(struct pollfd* fds, nfds_t count, const struct timespec* limit, const sigset_t* mask) {
  int64_t limit_ns;
  if (!limit_of(limit, &limit_ns)) return fail(EINVAL);
  return poll_for(fds, count, Mask(mask), limit_ns);
}

int pselect(int limit, fd_set* __restrict readable, fd_set* __restrict writable, fd_set* __restrict exceptional, const struct timespec* __restrict time,
            const sigset_t* __restrict mask) {
  int64_t limit_ns;
  if (!limit_of(time, &limit_ns)) return fail(EINVAL);
  return result(select_for(limit, readable, writable, exceptional, Mask(mask), &limit_ns));
}

// As Linux does, it says in `time` what is left of it, whatever the result, and takes any number of microseconds.
int select(int limit, fd_set* __restrict readable, fd_set* __restrict writable, fd_set* __restrict exceptional, struct timeval* __restrict time) {
  int64_t limit_ns = kNoLimit;
  if (time) {
    if (time->tv_sec < 0 || time->tv_usec < 0) return fail(EINVAL);
    limit_ns = nanoseconds(time->tv_sec, int64_t{time->tv_usec} * 1000);
  }
  const int64_t whole_ns = limit_ns;
  const int bits = select_for(limit, readable, writable, exceptional, nullptr, &limit_ns);
  if (time && limit_ns >= 0 && limit_ns != whole_ns) {
    time->tv_sec = limit_ns / kNanosecond;
    time->tv_usec = static_cast<decltype(time->tv_usec)>(limit_ns % kNanosecond / 1000);
  }
  return result(bits);
}

}  // extern "C"
