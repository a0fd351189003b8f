// What both WASI hosts share: waiting for descriptors.
#pragma once

#include <errno.h>
#include <poll.h>
#include <wasi/api.h>

#include "platform/host.h"
#include "queue/queue.hpp"

namespace wasmsig::wasi {

inline bool is_open(int fd) {
  __wasi_fdstat_t stat;
  return __wasi_fd_fdstat_get(fd, &stat) != __WASI_ERRNO_BADF;
}

inline short outcome_of(const __wasi_event_t& event, short events) {
  switch (event.error) {
    case __WASI_ERRNO_SUCCESS: break;
    case __WASI_ERRNO_BADF: return POLLNVAL;
    case __WASI_ERRNO_PIPE: return POLLHUP;
    default: return POLLERR;
  }
  const int hung_up = event.fd_readwrite.flags & __WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP ? POLLHUP : 0;
  return static_cast<short>(hung_up | (events & (event.type == __WASI_EVENTTYPE_FD_READ ? POLLIN : POLLOUT)));
}

// wsig_host_poll(). Not every host says itself that a descriptor is not open.
inline int poll(struct pollfd* fds, unsigned count, uint32_t ring, int64_t timeout_ns) {
  auto* const wanted =
      static_cast<__wasi_subscription_t*>(__builtin_alloca((2 * count + 1) * sizeof(__wasi_subscription_t)));
  unsigned subscriptions = 0;
  int ready = 0;
  const auto subscribe = [&](uint8_t type) -> __wasi_subscription_t& {
    __wasi_subscription_t& one = wanted[subscriptions++];
    one = {};
    one.u.tag = type;
    return one;
  };
  for (unsigned i = 0; i < count; i++) {
    struct pollfd& one = fds[i];
    one.revents = 0;
    if (one.fd < 0) continue;
    if (!is_open(one.fd)) {
      one.revents = POLLNVAL;
      ready++;
      continue;
    }
    constexpr uint8_t kTypes[] = {__WASI_EVENTTYPE_FD_READ, __WASI_EVENTTYPE_FD_WRITE};
    for (const uint8_t type : kTypes) {
      if (!(one.events & (type == __WASI_EVENTTYPE_FD_READ ? POLLIN : POLLOUT))) continue;
      __wasi_subscription_t& subscription = subscribe(type);
      subscription.userdata = i;
      subscription.u.u.fd_read.file_descriptor = one.fd;
    }
  }
  if (ready > 0) timeout_ns = 0;
  if (subscriptions == 0) {
    if (ready > 0 || timeout_ns == 0) return ready;
    return wsig_host_wait(ring, timeout_ns) == WSIG_HOST_MAY_NOT_BLOCK ? -EDEADLK : 0;
  }
  auto* const events = static_cast<__wasi_event_t*>(__builtin_alloca((subscriptions + 1) * sizeof(__wasi_event_t)));
  __wasi_size_t happened = 0;
  // The end of is_open()'s call and a safe point of the loop above may have taken a ring, which the host would wait for
  // without end. What rings behind this load it sees itself.
  const bool rung = queue::block.ring.load() != ring;
  if (timeout_ns >= 0 || rung) {
    __wasi_subscription_clock_t& clock = subscribe(__WASI_EVENTTYPE_CLOCK).u.u.clock;
    clock.id = __WASI_CLOCKID_MONOTONIC;
    clock.timeout = rung ? 0 : static_cast<__wasi_timestamp_t>(timeout_ns);
  }
  const __wasi_errno_t error = __wasi_poll_oneoff(wanted, events, subscriptions, &happened);
  if (error == __WASI_ERRNO_INTR) return ready;
  if (error != __WASI_ERRNO_SUCCESS) return -error;
  for (__wasi_size_t i = 0; i < happened; i++) {
    if (events[i].type == __WASI_EVENTTYPE_CLOCK) continue;
    struct pollfd& one = fds[events[i].userdata];
    const short outcome = outcome_of(events[i], one.events);
    if (one.revents == 0 && outcome != 0) ready++;
    one.revents = static_cast<short>(one.revents | outcome);
  }
  return ready;
}

}  // namespace wasmsig::wasi
