// The scripted host: a host without an outside, for tests and for parity with Linux. Time stands still unless told
// otherwise, nothing happens by itself, and so every run is the same.
#pragma once

#include <stdint.h>

namespace wasmsig::fake {

enum class Mode {
  kScripted,  // one thread, a clock that only moves when told or when the process sleeps
  kThreaded,  // any number of threads, the machine's clocks, real sleeping
  // A few real threads of which one runs at a time; the scripted clock, on which no sleep of a minute and more ends
  kInTurns,
};

struct Outcome {
  enum Kind { kFinished, kKilled, kStuck } kind = kFinished;
  int signo = 0;  // kKilled
  bool core = false;
};

// Forgets everything: the process is as before its start, the clock is at zero, nothing is scheduled.
void reset(Mode mode = Mode::kScripted, int host = 1 /* WSIG_HOST_SHARED */);

// Runs a function as the program: returns when it returns, when a signal kills the process, or when it would sleep for
// ever. The last two leave the function by longjmp, so it must hold nothing that needs a destructor.
Outcome run(void (*program)(void*), void* context);

// --- Mode::kInTurns: which thread runs is the caller's business --------------------------------------------------------

// Starts a thread that runs a function of the program, and returns when it waits for its turn. Threads count from 1;
// run() is thread 0.
void start_thread(int index, void (*program)(int index));
uintptr_t thread_id(int index);
void join_threads();

// Waits as a program's own loop would, in which handlers run, until give_turn(index) was called.
void wait_for_turn(int index);
void give_turn(int index);

// Returns when all other threads wait, for their turn or in a call of the process, and none has a ring to answer.
void settle();

// The program ends as it is: all threads leave what they wait in. Does not return.
[[noreturn]] void end_threads();

// --- what happens from outside -----------------------------------------------------------------------------------------

// Sends now, as another process would. 0 or EAGAIN.
int send(int signo, int32_t value = 0, bool queued = false, int pid = 7);

// Sends when the process next sleeps and the clock reaches that time.
void schedule(int64_t at_ns, int signo);
void unschedule();  // forgets what has not been sent

void advance(int64_t ns);          // the monotonic clock; rings if the requested time has come
void advance_running(int64_t ns);  // the running clock (and the monotonic one)

void set_real_time(int64_t by_ns);  // as clock_settime(): the monotonic clock does not notice

int stop_signal();  // what wsig_host_stop() said last
int stop_reports();
// Called in wsig_host_stop(), also when the process continues (0); forgotten by reset()
void on_stop(void (*callback)(int signo));
// Called once, when the process next reads this clock: in the middle of a check, if a timer runs that is compared with
// it. What is sent there comes after what the check has taken. Forgotten by reset(), and when it is called. Scripted
// mode only.
void on_clock(int clock, void (*callback)());
void on_wake(void (*callback)());  // called in wsig_host_wake(); Mode::kThreaded only; forgotten by reset()
int64_t requested_ns();            // what wsig_host_arm() asked for last, as an absolute time; -1: nothing
struct Elsewhere {
  int pid, signo, code, value, count;
};
Elsewhere sent_elsewhere();
void close_pidfd(int fd);               // those of wsig_host_pidfd_open(), which knows this process and 9
void on_poll(void (*callback)());       // called once, in wsig_host_poll()
void on_sync(void (*callback)());       // called in wsig_host_sync(); forgotten by reset()
void make_ready(int fd, short events);  // the one descriptor for which poll() does not wait, from now on
void refuse_to_block(bool refuse);      // a browser's main thread
void refuse_to_cancel(bool refuse);     // pthread_setcancelstate(PTHREAD_CANCEL_DISABLE), for all threads
void hide_running_clock();              // as many WASI hosts do; until reset()

}  // namespace wasmsig::fake
