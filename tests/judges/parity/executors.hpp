// The two sides.
#pragma once

#include "trace.hpp"

namespace wasmsig::parity {

// The emulated process on the fake host, in this process.
void run_emulated(const Program& program, Trace* trace);

// The kernel: many programs in one forked child, and a new child after each program that died. Not thread-safe; one per process.
class Kernel {
 public:
  static constexpr int kMost = 256;

  Kernel();
  ~Kernel();
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

  // traces()[i] is the trace of programs[i] afterwards.
  void run(const Program* programs, int count);
  const Trace* traces() const;

 private:
  struct Shared;
  Shared* shared_;
  int sender_ = -1;  // a process that sends to sleepers
};

}  // namespace wasmsig::parity
