// The POSIX timers: timer_create(2) and its kin. posix_timers.cpp has what programs call, posix_expiry.cpp when they
// expire, timer_signals.cpp what becomes of their signals.
#pragma once

#include "process/internal.hpp"

namespace wasmsig::process {

// --- for the other files of this folder: locked ---------------------------------------------------------------------

// Only for programs that have timer_create().
WSIG_IF_LINKED bool posix_timers_armed();
WSIG_IF_LINKED bool posix_timers_expire(Thread& me);               // whether one has
WSIG_IF_LINKED int64_t posix_timers_left(Thread& me, int* signo);  // until the soonest; -1: none is armed
WSIG_IF_LINKED int64_t posix_real_timers_left();                   // of those that run while the process sleeps
WSIG_IF_LINKED bool timer_signal_dequeued(Thread& me, Pending& from, int signo, Origin* origin);
WSIG_IF_LINKED void timer_signals_discarded(SignalSet signals);  // from all sets
WSIG_IF_LINKED void timer_signals_not_ignored(int signo);        // its action is another now, which does not ignore
WSIG_IF_LINKED void timers_of_thread_end(Thread& thread);        // what was pending for it is discarded
WSIG_IF_LINKED bool describe_timer_signal(Origin origin, SigInfo* info);  // false: no timer sent it
WSIG_IF_LINKED void reset_posix_timers();

// --- for the three files --------------------------------------------------------------------------------------------

// The members have the kernel's meaning (struct k_itimer): a signal that is pending is accepted only if the timer was
// not set or deleted since it expired.
struct PosixTimer {
  enum class Life : uint8_t { kFree, kLives, kDeleted };  // deleted: its signal is still pending
  Life life = Life::kFree;
  TimerNotice notice = TimerNotice::kSignal;
  TimerClock clock = TimerClock::kRealtime;      // of timer_create(). All members are zero, so that no file has them
  TimerClock counts_on = TimerClock::kRealtime;  // as it was set: a relative time is none of the real-time clock
  bool armed = false;      // it will expire. An interval timer whose signal is pending is not (Linux)
  bool queued = false;     // its signal is pending
  bool in_set = false;     // in the pending set itself; otherwise it comes after the one of its number that is there
  bool ignored = false;    // its signal was dropped as ignored, and comes back when it is not ignored any more
  bool by_action = false;  // ignored by SIG_IGN: a default action that ignores gives nothing back (Linux)
  bool periodic = false;   // when its signal was generated it had an interval
  bool has_reserve = false;
  int32_t id = 0;
  int32_t value = 0;  // sigev_value
  int signo = 0;
  int32_t overrun = 0;       // of the signal that was accepted last
  uint32_t setting = 0;      // changes when it is set and when its signal is accepted
  uint32_t sent_for = 0;     // the setting for which its signal was generated
  uint32_t order = 0;        // in which it was queued, or ignored: the lower came first
  uint32_t armed_order = 0;  // in which it was armed
  int64_t expiry_ns = 0;     // on the clock that it counts on
  int64_t interval_ns = 0;
  Thread* target = nullptr;       // kThread
  Thread* owner = nullptr;        // whose processor time TimerClock::kThread is; null: that thread has ended
  Pool::Node* reserve = nullptr;  // for a real-time signal, so that it is queued however many are
  Pool::Node own_node = {};
};

extern PosixTimer posix_timers[kMaxPosixTimers];

// Of an Origin whose signal a timer sent: the index of the timer is where others have a pid.
inline constexpr uint32_t kFromTimer = 0x08000000;

// Locked, as everything here.
int64_t now_of(const PosixTimer& timer, Thread& me);
uint32_t next_order();
void expire(PosixTimer& timer);         // its time has come
void forget_signal(PosixTimer& timer);  // it is not pending any more

}  // namespace wasmsig::process
