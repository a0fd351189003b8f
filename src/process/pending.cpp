// The sets of pending signals, beyond what is inline.
#include "process/pending.hpp"

namespace wasmsig::process {

bool Pending::add_real_time(int signo, Origin origin, Pool& pool) {
  Pool::Node* const node = pool.allocate();
  if (!node) return false;
  *node = {origin, nullptr, signo};
  *(first_ ? end_ : &first_) = node;
  end_ = &node->next;
  return true;
}

Origin Pending::remove_real_time(int signo, Pool& pool) {
  Origin origin = {};
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
    pool.release(node);
  }
  set_.remove(signo);
  return origin;
}

void Pending::discard(SignalSet signals, Pool& pool) {
  while (const int signo = (set_ & signals).lowest()) remove(signo, pool);
}

}  // namespace wasmsig::process
