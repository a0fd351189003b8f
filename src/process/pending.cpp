#include "process/pending.hpp"

namespace wasmsig::process {

bool Pending::add(int signo, Origin origin, Pool& pool) {
  if (real_time(signo)) {
    Pool::Node* const node = pool.take();
    if (!node) return false;
    *node = {origin, nullptr, signo};
    *(first_ ? end_ : &first_) = node;
    end_ = &node->next;
  } else if (!set_.has(signo)) {
    standard_[signo] = origin;
  }
  set_.add(signo);
  return true;
}

Origin Pending::take(int signo, Pool& pool) {
  Origin origin = standard_[signo & (kRealTimeFirst - 1)];
  if (real_time(signo)) {
    Pool::Node* taken = nullptr;
    for (Pool::Node** link = &first_; Pool::Node* const node = *link;) {
      if (node->signo != signo) {
        link = &node->next;
        continue;
      }
      if (taken) return origin;  // another one stays
      taken = node;
      origin = node->origin;
      *link = node->next;
      if (!*link) end_ = link;
      pool.give(node);
    }
  }
  set_.remove(signo);
  return origin;
}

void Pending::discard(SignalSet signals, Pool& pool) {
  while (const int signo = (set_ & signals).lowest()) take(signo, pool);
}

}  // namespace wasmsig::process
