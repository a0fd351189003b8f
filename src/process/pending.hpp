// The signals that a process, or one of its threads, was sent and has not accepted. Standard signals coalesce and keep
// the first sender's information; real-time signals queue, in the order in which they were sent.
#pragma once

#include "process/numbers.hpp"
#include "process/types.hpp"

namespace wasmsig::process {

// The real-time signals that are queued, of all sets.
class Pool {
 public:
  struct Node {
    Origin origin;
    Node* next;
    int signo;
  };

  // Null: kMaxQueued are in use.
  [[gnu::always_inline]] Node* allocate() {
    Node* const node = free_;
    if (!node) return used_ == kMaxQueued ? nullptr : &nodes_[used_++];
    free_ = node->next;
    return node;
  }

  void release(Node* node) {
    node->next = free_;
    free_ = node;
  }

 private:
  Node nodes_[kMaxQueued] = {};
  int used_ = 0;          // nodes beyond these were never used
  Node* free_ = nullptr;  // list of those given back
};

class Pending {
 public:
  SignalSet set() const { return set_; }

  // True, also when a standard signal coalesces; false: the pool is full.
  [[gnu::always_inline]] bool add(int signo, Origin origin, Pool& pool) {
    if (real_time(signo)) {
      if (!add_real_time(signo, origin, pool)) return false;
    } else if (!set_.has(signo)) {
      standard_[signo] = origin;
    }
    set_.add(signo);
    return true;
  }

  // The next of these signals in Linux's order: those of synchronous faults first, then the lowest number. 0: none.
  [[gnu::always_inline]] int next(SignalSet allowed) const {
    const SignalSet candidates = set_ & allowed;
    const SignalSet faults = candidates & kSynchronous;
    return faults.empty() ? candidates.lowest() : faults.lowest();
  }

  // Removes the first instance of a pending signal.
  [[gnu::always_inline]] Origin remove(int signo, Pool& pool) {
    if (real_time(signo)) return remove_real_time(signo, pool);
    set_.remove(signo);
    return standard_[signo];
  }
  void discard(SignalSet signals, Pool& pool);

 private:
  bool add_real_time(int signo, Origin origin, Pool& pool);
  Origin remove_real_time(int signo, Pool& pool);

  SignalSet set_;
  Pool::Node* first_ = nullptr;  // real-time signals
  Pool::Node** end_ = nullptr;   // where the next one goes, while there is a first
  Origin standard_[kRealTimeFirst] = {};
};

}  // namespace wasmsig::process
