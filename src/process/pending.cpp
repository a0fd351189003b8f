#include "process/pending.hpp"

#include "process/numbers.hpp"

namespace wasmsig::process {

Pool::Node* Pool::take(int signo) {
  if (real_time(signo)) {
    if (full()) return nullptr;
    queued_++;
  }
  Node* const node = free_ ? free_ : &nodes_[used_++];
  if (node == free_) free_ = node->next;
  node->signo = signo;
  node->next = nullptr;
  return node;
}

void Pool::give(Node* node) {
  if (real_time(node->signo)) queued_--;
  node->next = free_;
  free_ = node;
}

int Pending::add(int signo, const Origin& origin, Pool& pool) {
  if (!real_time(signo) && set_.has(signo)) return 0;
  Pool::Node* const node = pool.take(signo);
  if (!node) return -EAGAIN;
  node->origin = origin;
  (first_ ? last_->next : first_) = node;
  last_ = node;
  set_.add(signo);
  return 0;
}

int Pending::next(SignalSet allowed) const {
  const SignalSet candidates = set_ & allowed;
  const SignalSet faults = candidates & kSynchronous;
  return faults.empty() ? candidates.lowest() : faults.lowest();
}

Origin Pending::take(int signo, Pool& pool) {
  Pool::Node** link = &first_;
  Pool::Node* before = nullptr;
  for (; (*link)->signo != signo; link = &before->next) before = *link;
  Pool::Node* const node = *link;
  *link = node->next;
  if (last_ == node) last_ = before;
  const Pool::Node* other = node->next;
  while (other && other->signo != signo) other = other->next;
  if (!other) set_.remove(signo);
  pool.give(node);
  return node->origin;
}

void Pending::discard(SignalSet signals, Pool& pool) {
  for (SignalSet rest = set_ & signals; !rest.empty(); rest = set_ & signals) take(rest.lowest(), pool);
}

}  // namespace wasmsig::process
