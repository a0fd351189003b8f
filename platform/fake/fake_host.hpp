// The scripted host: a host without an outside, for tests and for parity with Linux. Time stands still unless told
// otherwise, nothing happens by itself, and so every run is the same.
#pragma once

#include <stdint.h>

namespace wasmsig::fake {

enum class Mode {
  kScripted,  // one thread, a clock that only moves when told or when the process sleeps
  kThreaded,  // any number of threads, the machine's clocks, real sleeping
};

struct Outcome {
  enum Kind { kFinished, kKilled, kStuck } kind = kFinished;
  int signo = 0;     // kKilled
  bool core = false;
};

// Forgets everything: the process is as before its start, the clock is at zero, nothing is scheduled.
void reset(Mode mode = Mode::kScripted, int host = 1 /* WSIG_HOST_SHARED */);

// Runs a function as the program: returns when it returns, when a signal kills the process, or when it would sleep for
// ever. The last two leave the function by longjmp, so it must hold nothing that needs a destructor.
Outcome run(void (*program)(void*), void* context);

// Sends now, as another process would. 0 or EAGAIN.
int send(int signo, int32_t value = 0, bool queued = false, int pid = 7);

// Sends when the process next sleeps and the clock reaches that time.
void schedule(int64_t at_ns, int signo);
void unschedule();  // forgets what has not been sent

void advance(int64_t ns);          // the monotonic clock; rings if the wanted time has come
void advance_running(int64_t ns);  // the running clock (and the monotonic one)

int stop_signal();    // what wsig_host_stop() said last
int stop_reports();
void on_stop(void (*callback)(int signo));  // called in wsig_host_stop(), also when the process continues (0); forgotten by reset()
// Called once, when the process next reads this clock: in the middle of a look, if a timer runs that is compared with it. What is sent there comes
// behind what the look has taken. Forgotten by reset(), and when it is called. Scripted mode only.
void on_clock(int clock, void (*callback)());
int64_t wanted_ns();  // what wsig_host_arm() asked for last, as an absolute time; -1: nothing
struct Elsewhere { int pid, signo, code, value, count; };
Elsewhere sent_elsewhere();
void close_pidfd(int fd);           // those of wsig_host_pidfd_open(), which knows this process and 9
void refuse_to_block(bool refuse);  // a browser's main thread

}  // namespace wasmsig::fake
