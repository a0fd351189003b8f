// Timers that start threads: SIGEV_THREAD.
#pragma once

#include "posix/convert.hpp"

namespace wasmsig::posix {

#if defined(WSIG_SINGLE_THREAD)
inline int create_thread_timer(process::TimerClock, const struct sigevent&) { return -EINVAL; }
inline void forget_thread_timer(int) {}
#else
// The timer's id, or -EAGAIN.
int create_thread_timer(process::TimerClock clock, const struct sigevent& event);
void forget_thread_timer(int id);  // it was deleted
#endif

}  // namespace wasmsig::posix
