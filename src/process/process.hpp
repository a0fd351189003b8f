// The emulated process: what the kernel keeps of signals for a Unix process, for programs that have no kernel.
//
// Model and words are POSIX's (System Interfaces 2.4, "Signal Concepts"); where POSIX leaves a choice the choice is
// Linux's, and tests/judges/parity says so against a real kernel. There is one process in an address space, so this
// is a namespace of functions, not an object. No allocation, no stdio, no exceptions, no C++ runtime; all sizes are
// fixed.
//
// Results: 0 or a positive value for success, a negative errno (-EINVAL ...) for failure. A call that fails changed
// nothing. Handlers run only inside the functions marked [runs handlers], on the calling thread's stack, and may leave
// by a jump or an exception. All functions may be called from any thread and from handlers.
#pragma once

#include <errno.h>
#include <stdint.h>

#include "process/types.hpp"

struct pollfd;  // the C library's

namespace wasmsig::process {

// --- life ---------------------------------------------------------------------------------------------------------

// Attaches to the host, once; every other function does so by itself. Runs before main() where constructors run.
void start();
int pid();
bool has_host();            // false: nothing outside can send
bool asked_for_extended();  // the host wants the program to have the extended edition of the `signal` module
bool rings_directly();      // senders ring the doorbell in this memory, so one load tells whether to check

// --- dispositions --------------------------------------------------------------------------------------------------

// sigaction(2). `action` or `old` may be null, and may be the same. -EINVAL: no such signal, SIGKILL or SIGSTOP with an
// action, or 32..34. What was sent before the call is delivered first. [runs handlers]
int set_action(int signo, const Action* action, Action* old);

// --- sending -------------------------------------------------------------------------------------------------------

// Makes a signal pending for the process, or for one thread (`thread` as the host names threads). signo 0 checks only.
// -EINVAL, -EAGAIN (kMaxQueued real-time signals are pending already), -ESRCH (no such thread).
// Runs nothing by itself: call deliver() where POSIX wants delivery before the call returns. [kill, raise, queue: run handlers]
int send_process(int signo, Origin origin);
int send_thread(uintptr_t thread, int signo, Origin origin);

// What send_ keeps of a siginfo: a code from -256 to 255, a pid below 2^22, which hold all that Linux has. False: it
// does not fit.
bool make_origin(int32_t code, int32_t pid, int32_t value, Origin* origin);
SigInfo info_of(int signo, Origin origin);  // and back

int raise(int signo);                                          // raise(3)            [runs handlers]
int kill(int32_t pid, int signo);                              // kill(2)             [runs handlers]
int queue(int32_t pid, int signo, int32_t value);              // sigqueue(3)         [runs handlers]
int kill_thread(uintptr_t thread, int signo);                  // pthread_kill(3)     [runs handlers]
int queue_thread(uintptr_t thread, int signo, int32_t value);  // pthread_sigqueue(3) [runs handlers]
// A trap of the engine has ended what this thread ran: sends it the signal of that, with this si_code, if it has a handler
// and does not block the signal [runs handlers]
void take_fault(int signo, int32_t code);
// abort(3): SIGABRT's handler runs even if it is blocked, and may leave by a jump [runs handlers]
[[noreturn]] void abort();

// pidfd_open(2): a descriptor, which the C library's close() closes. -EINVAL: no pid, -ESRCH, -EMFILE, -ENOSYS (a host
// without them).
int pidfd_open(int32_t pid, bool nonblocking);
int pidfd_pid(int fd);  // the process that it stands for; -EBADF

// --- masks and pending ---------------------------------------------------------------------------------------------

int set_mask(How how, const SignalSet* set, SignalSet* old);  // pthread_sigmask(3) [runs handlers]
SignalSet mask();
SignalSet pending();  // sigpending(2)

// --- waiting -------------------------------------------------------------------------------------------------------
// -EDEADLK: this host may not block here.

int suspend(SignalSet mask);  // sigsuspend(2): -EINTR [runs handlers]
int pause();                  // pause(2): -EINTR      [runs handlers]
// sigtimedwait(2): the number, -EAGAIN, -EINTR; negative time: none [runs handlers]
int wait(SignalSet set, SigInfo* info, int64_t timeout_ns);
int sleep(int64_t ns, int64_t* remaining);  // nanosleep(2): 0 or -EINTR [runs handlers]

// poll(2) with ppoll(2)'s mask: in force while it waits (null: the present one). How many descriptors are ready, 0 when
// the time is over (negative: no limit), -EINTR after a handler, whatever SA_RESTART says. `left`, which may be null,
// gets what is left of the time. [runs handlers]
int poll(struct ::pollfd* fds, unsigned count, const SignalSet* mask, int64_t timeout_ns, int64_t* left_ns);

// --- timers --------------------------------------------------------------------------------------------------------

// [all run handlers, if one was due]
int set_timer(TimerKind kind, const TimerValue& value, TimerValue* old);  // setitimer(2); -EINVAL: negative
int get_timer(TimerKind kind, TimerValue* value);                         // getitimer(2)
bool real_timer_armed();           // SIGALRM will come though nothing else happens; runs nothing
unsigned alarm(unsigned seconds);  // alarm(2), with Linux's rounding

// POSIX timers. [those with a time run handlers, if one was due]

// timer_create(2): an id, from 0 on. `event` null: SIGALRM with the id as its value. -EINVAL: no such signal, or no such
// thread; -EAGAIN: there are kMaxPosixTimers.
int create_timer(TimerClock clock, const TimerEvent* event);
int delete_timer(
    int id);  // timer_delete(2): -EINVAL. Its signal is not accepted any more, even if it is pending (Linux)
// timer_settime(2): -EINVAL, -ESRCH (the thread whose time it counts has ended). `absolute`: the value is a time on the
// timer's clock, 0 disarms.
int set_posix_timer(int id, bool absolute, const TimerValue& value, TimerValue* old);
int get_posix_timer(int id, TimerValue* value);  // timer_gettime(2): -EINVAL
int timer_overrun(int id);                       // timer_getoverrun(2): -EINVAL
int clock_of_timer(int id, TimerClock* clock);   // -EINVAL
int64_t timer_clock(TimerClock clock);           // what timers on this clock are compared with

// --- safe points ---------------------------------------------------------------------------------------------------

// Takes what was sent, reads the clocks if a timer may be due, and delivers what this thread may have. [runs handlers]
Delivered deliver();

// The slow path of an instrumented loop: deliver(). Where a safe point is a countdown: how many may be left out before
// the next (check_interval.cpp). Where it is a load of the doorbell: the value to be ignored from now on, 0 unless
// other threads were notified.
[[gnu::noinline]] int32_t safe_point();  // not inlined: its caller has moved the stack pointer

// --- threads -------------------------------------------------------------------------------------------------------

// A thread has a record from its first call on. A new thread starts with the given mask (its creator's, as
// pthread_create says) if this is called first; otherwise with an empty one.
#if defined(WSIG_SINGLE_THREAD)
inline void thread_enter(SignalSet) {}
#else
void thread_enter(SignalSet inherited);
#endif
void thread_leave(void* record);

// gettid(2): the first thread's is the pid.
#if defined(WSIG_SINGLE_THREAD)
inline int32_t thread_number() { return pid(); }
#else
int32_t thread_number();
int32_t number_of_thread(uintptr_t thread);  // of another one, as the host names it. 0: no such thread
#endif

// For pthread_create(): a thread can be sent signals before it begins. It is expected with the mask that it will start
// with, under an id of its own until thread_known(), which its creator and it itself call, in either order; or
// thread_forget(), if it could not be made. 0: there is no record for it.
uintptr_t thread_expect(SignalSet mask);
void thread_known(uintptr_t expected, uintptr_t id);
void thread_forget(uintptr_t expected);

// For waits of a C library that end by a handler, wherever in them the check was: what was delivered to this thread
// since the last such question. Handlers that wait meanwhile do not matter.
Delivered interruption();

// For pthread_cancel(): waits of this thread return -ECANCELED as soon as it may be cancelled. Their caller then ends
// the thread.
int cancel_thread(uintptr_t id);

}  // namespace wasmsig::process
