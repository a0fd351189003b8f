// The real thing: Linux and macOS. The operating system keeps the process's signals; this file only asks it.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include "platform/platform.h"

namespace {

struct Named {
  const char* name;
  int number;
};

// What a system's header may lack: -1, as wsig_platform_number() says it.
#ifndef SIGIOT
#define SIGIOT (-1)
#endif
#ifndef SIGPOLL
#define SIGPOLL (-1)
#endif
#ifndef SIGCLD
#define SIGCLD (-1)
#endif
#ifndef SIGPWR
#define SIGPWR (-1)
#endif
#ifndef SIGSTKFLT
#define SIGSTKFLT (-1)
#endif
#ifndef SIGBREAK
#define SIGBREAK (-1)
#endif

// The names of signals.def, and the header's own numbers.
constexpr Named kNumbers[] = {
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, action, description) {#name, name},
#define WSIG_ALIAS(name, signal) {#name, name},
#include "signals.def"
    {"SIG_BLOCK", SIG_BLOCK},
    {"SIG_UNBLOCK", SIG_UNBLOCK},
    {"SIG_SETMASK", SIG_SETMASK},
};

constexpr int limit() { return NSIG < 65 ? NSIG : 65; }

extern "C" void on_signal(int signum) {
  const int saved = errno;
  wsig_trip(signum);
  errno = saved;
}

bool set_handler(int signum, void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = flags;
  return sigaction(signum, &action, nullptr) == 0;
}

// The C library refuses numbers that it keeps for itself (32 and 33 on Linux); they are left out, as Python does.
sigset_t to_system(uint64_t set) {
  sigset_t result;
  sigemptyset(&result);
  for (int signum = 1; signum < limit(); signum++) {
    if ((set >> (signum - 1)) & 1) sigaddset(&result, signum);
  }
  return result;
}

uint64_t from_system(const sigset_t& set) {
  uint64_t result = 0;
  for (int signum = 1; signum < limit(); signum++) {
    if (sigismember(&set, signum) == 1) result |= uint64_t{1} << (signum - 1);
  }
  return result;
}

timeval to_timeval(int64_t us) {
  timeval result;
  result.tv_sec = static_cast<time_t>(us / 1000000);
  result.tv_usec = static_cast<suseconds_t>(us % 1000000);
  return result;
}

wsig_platform_timer from_system(const itimerval& timer) {
  return {int64_t{timer.it_value.tv_sec} * 1000000 + timer.it_value.tv_usec,
          int64_t{timer.it_interval.tv_sec} * 1000000 + timer.it_interval.tv_usec};
}

#if !defined(__APPLE__)
void give(const siginfo_t& from, wsig_platform_signal* to) {
  to->signo = from.si_signo;
  to->code = from.si_code;
  to->error = from.si_errno;
  // A union in the system's struct: which fields mean something depends on the signal, as in Python.
  to->pid = from.si_pid;
  to->uid = from.si_uid;
  to->status = from.si_status;
  to->band = from.si_band;
}
#endif

#if defined(__APPLE__)
constexpr wsig_platform_names kNames = WSIG_NAMES_DARWIN;
#else
constexpr wsig_platform_names kNames = WSIG_NAMES_LINUX;
#endif
#if defined(__linux__) && defined(SYS_pidfd_send_signal)
constexpr int kPidfd = 1;
#else
constexpr int kPidfd = 0;
#endif

constexpr wsig_platform_info kInfo = {kNames, limit(), 0, kPidfd};

}  // namespace

extern "C" {

const wsig_platform_info* wsig_platform(void) { return &kInfo; }

int wsig_platform_number(const char* name) {
  for (const Named& named : kNumbers) {
    if (strcmp(named.name, name) == 0) return named.number;
  }
#ifdef SIGRTMIN
  // A call on Linux, so not in the table: the C library keeps the first ones for itself.
  if (strcmp(name, "SIGRTMIN") == 0) return SIGRTMIN;
  if (strcmp(name, "SIGRTMAX") == 0) return SIGRTMAX;
#endif
  return -1;
}

const char* wsig_platform_description(int signum) {
  errno = 0;
  const char* text = strsignal(signum);
  // The same test as Python's: the C library words the unknown ones too.
  if (errno != 0 || !text || strstr(text, "Unknown signal")) return nullptr;
  return text;
}

uint64_t wsig_platform_valid(void) {
  sigset_t all;
  sigfillset(&all);
  return from_system(all);
}

void wsig_platform_start(void) {}
int wsig_platform_extended(void) { return 0; }
void wsig_platform_stop(void) {}

wsig_disposition wsig_platform_disposition(int signum) {
  struct sigaction action;
  if (sigaction(signum, nullptr, &action) != 0) return WSIG_DISPOSITION_OTHER;
  if (action.sa_flags & SA_SIGINFO) return WSIG_DISPOSITION_OTHER;
  if (action.sa_handler == SIG_DFL) return WSIG_DISPOSITION_DEFAULT;
  if (action.sa_handler == SIG_IGN) return WSIG_DISPOSITION_IGNORE;
  return action.sa_handler == on_signal ? WSIG_DISPOSITION_OURS : WSIG_DISPOSITION_OTHER;
}

int wsig_platform_install(int signum, wsig_disposition disposition) {
  // On the alternate stack where there is one: programs with small thread stacks (Go, say) need it. No SA_RESTART.
  bool done;
  switch (disposition) {
    case WSIG_DISPOSITION_DEFAULT: done = set_handler(signum, SIG_DFL, SA_ONSTACK); break;
    case WSIG_DISPOSITION_IGNORE: done = set_handler(signum, SIG_IGN, SA_ONSTACK); break;
    case WSIG_DISPOSITION_OURS: done = set_handler(signum, on_signal, SA_ONSTACK); break;
    default: return -EINVAL;
  }
  return done ? 0 : -errno;
}

int wsig_platform_restart(int signum, int restart) {
  struct sigaction action;
  if (sigaction(signum, nullptr, &action) != 0) return -errno;
  if (restart) {
    action.sa_flags |= SA_RESTART;
  } else {
    action.sa_flags &= ~SA_RESTART;
  }
  return sigaction(signum, &action, nullptr) == 0 ? 0 : -errno;
}

int wsig_platform_raise(int signum) {
  errno = 0;
  if (raise(signum) == 0) return 0;
  return errno ? -errno : -EINVAL;
}

int wsig_platform_send_thread(uintptr_t thread, int signum) { return -pthread_kill((pthread_t)thread, signum); }

int wsig_platform_send_pidfd(int pidfd, int signum, unsigned flags) {
#if defined(__linux__) && defined(SYS_pidfd_send_signal)
  return syscall(SYS_pidfd_send_signal, pidfd, signum, nullptr, flags) == 0 ? 0 : -errno;
#else
  (void)pidfd, (void)signum, (void)flags;
  return -ENOSYS;
#endif
}

int wsig_platform_mask(int how, const uint64_t* set, uint64_t* old) {
  // Without a set `how` means nothing to the system, but an unknown one is an error here on every platform.
  if (how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK) return -EINVAL;
  sigset_t wanted, before;
  if (set) wanted = to_system(*set);
  sigemptyset(&before);
  const int error = pthread_sigmask(how, set ? &wanted : nullptr, &before);
  if (error) return -error;
  if (old) *old = from_system(before);
  return 0;
}

int wsig_platform_pending(uint64_t* set) {
  sigset_t pending;
  if (sigpending(&pending) != 0) return -errno;
  *set = from_system(pending);
  return 0;
}

int wsig_platform_pause(void) {
  pause();
  return -errno;
}

int wsig_platform_wait(uint64_t set, int64_t timeout_ns, wsig_platform_signal* info) {
  const sigset_t wanted = to_system(set);
#if defined(__APPLE__)
  // Only sigwait(): the names that need more do not exist there.
  if (timeout_ns >= 0) return -ENOSYS;
  int signum = 0;
  const int error = sigwait(&wanted, &signum);
  *info = wsig_platform_signal{};
  info->signo = signum;
  return error ? -error : signum;
#else
  siginfo_t accepted;
  memset(&accepted, 0, sizeof accepted);
  timespec limit_time;
  limit_time.tv_sec = static_cast<time_t>(timeout_ns / 1000000000);
  limit_time.tv_nsec = static_cast<long>(timeout_ns % 1000000000);
  const int result = timeout_ns < 0 ? sigwaitinfo(&wanted, &accepted) : sigtimedwait(&wanted, &accepted, &limit_time);
  if (result < 0) return -errno;
  give(accepted, info);
  return result;
#endif
}

unsigned wsig_platform_alarm(unsigned seconds) { return alarm(seconds); }

int wsig_platform_set_timer(int which, const wsig_platform_timer* value, wsig_platform_timer* old) {
  itimerval wanted, before;
  wanted.it_value = to_timeval(value->value_us);
  wanted.it_interval = to_timeval(value->interval_us);
  if (setitimer(which, &wanted, &before) != 0) return -errno;
  *old = from_system(before);
  return 0;
}

int wsig_platform_get_timer(int which, wsig_platform_timer* value) {
  itimerval present;
  if (getitimer(which, &present) != 0) return -errno;
  *value = from_system(present);
  return 0;
}

int64_t wsig_platform_clock(void) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000000000 + now.tv_nsec;
}

int wsig_platform_fd_check(intptr_t fd, wsig_fd_kind* kind) {
  *kind = WSIG_FD_FILE;
  if (fd > INT32_MAX) return -EBADF;
  struct stat status;
  if (fstat(static_cast<int>(fd), &status) != 0) return -errno;
  const int flags = fcntl(static_cast<int>(fd), F_GETFL);
  if (flags < 0) return -errno;
  return (flags & O_NONBLOCK) != 0;
}

int wsig_platform_fd_write(intptr_t fd, wsig_fd_kind, uint8_t byte) {
  for (;;) {
    if (write(static_cast<int>(fd), &byte, 1) >= 0) return 0;
    if (errno != EINTR) return -errno;
  }
}

uintptr_t wsig_platform_thread(void) { return (uintptr_t)pthread_self(); }

void wsig_platform_collect(void) {}
int32_t wsig_platform_poll(void) { return 0; }
const uint32_t* wsig_platform_doorbell(void) { return nullptr; }
void* wsig_platform_interrupt_event(void) { return nullptr; }

}  // extern "C"
