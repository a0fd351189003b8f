// The signals that a process, or one of its threads, was sent and has not accepted. Standard signals coalesce and keep
// the first sender's information; real-time signals queue, in order, in nodes of one pool that all sets share.
#pragma once

#include "process/process.hpp"

namespace wasmsig::process {

// What is kept of a siginfo while the signal is pending.
struct Origin {
  int32_t code = 0;
  int32_t pid = 0;
  int64_t value = 0;
};

class Pool {
 public:
  static constexpr uint16_t kNone = 0;  // nodes are counted from 1, so that a pool of zeros is an empty one
  struct Node {
    Origin origin;
    uint16_t next;
  };

  uint16_t take();  // kNone: kMaxQueued nodes are in use
  void give(uint16_t node);
  bool full() const { return free_ == kNone && used_ == kMaxQueued; }
  Node& operator[](uint16_t node) { return nodes_[node - 1]; }

 private:
  Node nodes_[kMaxQueued] = {};
  uint16_t used_ = 0;  // nodes beyond these were never used
  uint16_t free_ = kNone;  // list of those given back
};

class Pending {
 public:
  SignalSet set() const { return set_; }

  // 0 (also when a standard signal coalesces), or -EAGAIN.
  int add(int signo, const Origin& origin, Pool& pool);

  // The next of these signals in Linux's order: those of synchronous faults first, then the lowest number. 0: none.
  int next(SignalSet allowed) const;

  // Removes one instance of a pending signal.
  Origin take(int signo, Pool& pool);
  void discard(SignalSet signals, Pool& pool);

 private:
  static constexpr int kQueues = kSignalLimit - kRealTimeFirst;

  SignalSet set_;
  Origin standard_[kRealTimeFirst] = {};
  uint16_t first_[kQueues] = {};  // meaningful while the signal is in set_
  uint16_t last_[kQueues] = {};
};

}  // namespace wasmsig::process
