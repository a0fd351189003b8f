// The signals that a process, or one of its threads, was sent and has not accepted, in the order in which they were sent. Standard signals
// coalesce and keep the first sender's information; real-time signals queue. What is kept are nodes of one pool that all sets share.
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
  struct Node {
    Origin origin;
    int signo;
    Node* next;
  };

  Node* take(int signo);  // null: kMaxQueued real-time signals are pending. A standard signal always finds a node
  void give(Node* node);
  bool full() const { return queued_ == kMaxQueued; }

 private:
  static constexpr int kStandard = (kRealTimeFirst - 1) * (kMaxThreads + 1);  // each set has each of them once at most

  Node nodes_[kMaxQueued + kStandard] = {};
  int used_ = 0;          // nodes beyond these were never used
  Node* free_ = nullptr;  // list of those given back
  int queued_ = 0;        // real-time signals
};

class Pending {
 public:
  SignalSet set() const { return set_; }

  // 0 (also when a standard signal coalesces), or -EAGAIN.
  int add(int signo, const Origin& origin, Pool& pool);

  // The next of these signals in Linux's order: those of synchronous faults first, then the lowest number. 0: none.
  int next(SignalSet allowed) const;

  // Removes the first instance of a pending signal.
  Origin take(int signo, Pool& pool);
  void discard(SignalSet signals, Pool& pool);

 private:
  SignalSet set_;
  Pool::Node* first_ = nullptr;
  Pool::Node* last_ = nullptr;  // meaningful while there is a first
};

}  // namespace wasmsig::process
