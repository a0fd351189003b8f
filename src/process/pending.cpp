#include "process/pending.hpp"

#include "process/numbers.hpp"

namespace wasmsig::process {

uint16_t Pool::take() {
  if (free_ != kNone) {
    const uint16_t node = free_;
    free_ = (*this)[node].next;
    return node;
  }
  return used_ < kMaxQueued ? ++used_ : kNone;
}

void Pool::give(uint16_t node) {
  (*this)[node].next = free_;
  free_ = node;
}

int Pending::add(int signo, const Origin& origin, Pool& pool) {
  if (!real_time(signo)) {
    if (!set_.has(signo)) standard_[signo] = origin;
    set_.add(signo);
    return 0;
  }
  const uint16_t node = pool.take();
  if (node == Pool::kNone) return -EAGAIN;
  pool[node] = {origin, Pool::kNone};
  const int queue = signo - kRealTimeFirst;
  if (set_.has(signo)) {
    pool[last_[queue]].next = node;
  } else {
    first_[queue] = node;
  }
  last_[queue] = node;
  set_.add(signo);
  return 0;
}

int Pending::next(SignalSet allowed) const {
  const SignalSet candidates = set_ & allowed;
  const SignalSet faults = candidates & kSynchronous;
  return faults.empty() ? candidates.lowest() : faults.lowest();
}

Origin Pending::take(int signo, Pool& pool) {
  if (!real_time(signo)) {
    set_.remove(signo);
    return standard_[signo];
  }
  const int queue = signo - kRealTimeFirst;
  const uint16_t node = first_[queue];
  const Origin origin = pool[node].origin;
  if (node == last_[queue]) {
    set_.remove(signo);
  } else {
    first_[queue] = pool[node].next;
  }
  pool.give(node);
  return origin;
}

void Pending::discard(SignalSet signals, Pool& pool) {
  for (SignalSet rest = set_ & signals; !rest.empty(); rest = set_ & signals) take(rest.lowest(), pool);
}

}  // namespace wasmsig::process
