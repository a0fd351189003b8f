// The real kernel. The C library is in the way only where it must be (sigaction, for the return trampoline); the rest are system calls.
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "executors.hpp"
#include "interpreter.hpp"

namespace wasmsig::parity {

namespace {

struct Linux;
using Run = Interpreter<Linux>;

constexpr pid_t kNobodysPid = 0x3fffffff;
constexpr uint32_t kRestorer = 0x04000000;  // glibc's own flag
constexpr size_t kSetSize = 8;              // the kernel's sigset_t
constexpr int64_t kSecond = 1000000000;
constexpr int kSecondsUntilStuck = 5;

pid_t self;

// What the child asks the sender for, a process of its own that sends when the child sleeps.
struct Request {
  std::atomic<uint32_t> number;  // odd: there is one
  std::atomic<int> pid, first, second;

  void change() {
    number.fetch_add(1);
    syscall(SYS_futex, &number, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
  void withdraw() {
    if (number.load() & 1) change();
  }
};

Request* request;

// What the parent sends when the child is stopped. Either of them writes here only while the other does not run.
struct WhenStopped {
  volatile int count;
  volatile int signos[kMostWhenStopped];
};

WhenStopped* when_stopped;

// The threads of the program that runs; a futex word says whose turn it is.
struct Threads {
  int count = 1;
  std::atomic<uint32_t> turn;
  struct {
    std::atomic<pid_t> tid;
    std::atomic<int> stat;  // its file in /proc
    pthread_t thread;
    void (*program)(int);
  } each[1 + kThreads];
};
Threads threads;

template <class... Arguments>
int call(long number, Arguments... arguments) {
  const long result = syscall(number, arguments...);
  return result == -1 ? -errno : static_cast<int>(result);
}

Info info_of(const siginfo_t& from) {
  if (from.si_code == SI_TIMER) return {from.si_code, kKernelSent, from.si_value.sival_int, from.si_timerid, from.si_overrun};
  return {from.si_code, from.si_pid == 0 ? kKernelSent : from.si_pid == self ? kSelfSent : kOtherSent, from.si_value.sival_int, -1, 0};
}

void run_handler(int script, int signo, const Info& info, void* context) {
  const int kept = errno;
  uint64_t after;
  sigset_t& in_frame = static_cast<ucontext_t*>(context)->uc_sigmask;
  // The interpreter changes it in place: the kernel's part of the set is its first word.
  static_assert(sizeof in_frame >= sizeof after);
  Run::handle(script, signo, info, reinterpret_cast<uint64_t*>(&in_frame));
  errno = kept;
}

template <int script>
void with_info(int signo, siginfo_t* info, void* context) {
  run_handler(script, signo, info_of(*info), context);
}

// Without SA_SIGINFO there is no information, but Linux passes the context all the same.
template <int script>
void without_info(int signo, siginfo_t*, void* context) {
  run_handler(script, signo, {}, context);
}

using Handler = void (*)(int, siginfo_t*, void*);
constexpr Handler kWithInfo[] = {nullptr, with_info<1>, with_info<2>, with_info<3>, with_info<4>};
constexpr Handler kWithoutInfo[] = {nullptr, without_info<1>, without_info<2>, without_info<3>, without_info<4>};

int32_t handling_of(const struct sigaction& action) {
  if (action.sa_handler == SIG_DFL) return kDefault;
  if (action.sa_handler == SIG_IGN) return kIgnore;
  for (int script = 1; script <= kHandlers; script++) {
    if (action.sa_sigaction == kWithInfo[script] || action.sa_sigaction == kWithoutInfo[script]) return kHandler + script;
  }
  return -1;
}

pid_t pid_of(Target target) {
  switch (target) {
    case kSelf: return self;
    case kOwnGroup: return 0;
    case kGroupOfSelf: return -self;
    default: return kNobodysPid;
  }
}

siginfo_t queued(int signo, int32_t value) {
  siginfo_t info = {};
  info.si_signo = signo;
  info.si_code = SI_QUEUE;
  info.si_pid = self;
  info.si_uid = getuid();
  info.si_value.sival_int = value;
  return info;
}

itimerval itimerval_of(const Timing& from) {
  const auto time = [](int64_t ns) {
    // Rounds down, so that negative times stay so.
    const int64_t us = ns / 1000;
    int64_t seconds = us / 1000000, rest = us % 1000000;
    if (rest < 0) seconds--, rest += 1000000;
    return timeval{seconds, rest};
  };
  return {time(from.interval_ns), time(from.value_ns)};
}

Timing timing_of(const itimerval& from) {
  const auto ns = [](const timeval& time) { return time.tv_sec * kSecond + time.tv_usec * 1000; };
  return {ns(from.it_value), ns(from.it_interval)};
}

timespec timespec_of(int64_t ns) {
  // Rounds down, so that negative times stay so.
  int64_t seconds = ns / kSecond, rest = ns % kSecond;
  if (rest < 0) seconds--, rest += kSecond;
  return {seconds, rest};
}

Timing timing_of(const itimerspec& from) {
  const auto ns = [](const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; };
  return {ns(from.it_value), ns(from.it_interval)};
}

enum class Sleeps { kNo, kYes, kGone };

// A task's state, from its file in /proc.
Sleeps sleeps(int stat) {
  char text[400];
  const ssize_t count = pread(stat, text, sizeof text - 1, 0);
  if (count <= 0) return Sleeps::kGone;
  text[count] = 0;
  const char* const end = strrchr(text, ')');
  return end && end[1] == ' ' && end[2] == 'S' ? Sleeps::kYes : Sleeps::kNo;
}

// On a busy machine sched_yield() would give away a whole slice to others.
void give_way() {
  const timespec moment = {0, 20000};
  syscall(SYS_nanosleep, &moment, nullptr);
}

bool sleeps_now(int pid) {
  char name[40];
  snprintf(name, sizeof name, "/proc/%d/stat", pid);
  const int file = open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool result = sleeps(file) == Sleeps::kYes;
  close(file);
  return result;
}

// Set before each program: its number, for a child that ends with it.
std::atomic<int>* current_program;
constexpr int kUsedUp = 3;  // exit status: it did what it should, but cannot run another program

struct Linux {
  static int action(int signo, const ActionOf* wanted, ActionOf* old) {
    struct sigaction action = {}, previous = {};
    if (wanted) {
      action.sa_flags = static_cast<int>(wanted->flags);
      memcpy(&action.sa_mask, &wanted->mask, kSetSize);
      switch (wanted->handling) {
        case kDefault: action.sa_handler = SIG_DFL; break;
        case kIgnore: action.sa_handler = SIG_IGN; break;
        default: action.sa_sigaction = (wanted->flags & SA_SIGINFO ? kWithInfo : kWithoutInfo)[wanted->handling - kHandler];
      }
    }
    if (sigaction(signo, wanted ? &action : nullptr, &previous)) return -errno;
    old->handling = handling_of(previous);
    old->flags = static_cast<uint32_t>(previous.sa_flags) & ~kRestorer;
    memcpy(&old->mask, &previous.sa_mask, kSetSize);
    return 0;
  }

  static int raise(int signo) { return call(SYS_tgkill, self, static_cast<pid_t>(syscall(SYS_gettid)), signo); }
  static int send_thread(int thread, int signo) { return call(SYS_tgkill, self, threads.each[thread].tid.load(), signo); }
  static int send(Target target, int signo) { return call(SYS_kill, pid_of(target), signo); }
  static int queue(Target target, int signo, int32_t value) {
    siginfo_t info = queued(signo, value);
    return call(SYS_rt_sigqueueinfo, pid_of(target), signo, &info);
  }
  static int queue_thread(int thread, int signo, int32_t value) {
    siginfo_t info = queued(signo, value);
    return call(SYS_rt_tgsigqueueinfo, self, threads.each[thread].tid.load(), signo, &info);
  }

  static int mask(int how, const uint64_t* set, uint64_t* old) { return call(SYS_rt_sigprocmask, how, set, old, kSetSize); }
  static uint64_t pending() {
    uint64_t set = 0;
    call(SYS_rt_sigpending, &set, kSetSize);
    return set;
  }
  static int suspend(uint64_t mask) { return call(SYS_rt_sigsuspend, &mask, kSetSize); }

  static int wait(uint64_t set, int64_t seconds, int64_t nanoseconds, Info* info) {
    const bool forever = seconds == -1 && nanoseconds == 0;
    const timespec limit = {seconds, nanoseconds};
    siginfo_t accepted = {};
    const int result = call(SYS_rt_sigtimedwait, &set, &accepted, forever ? nullptr : &limit, kSetSize);
    if (result > 0) *info = info_of(accepted);
    return result;
  }
  static int sleep(int64_t ns) {
    const timespec time = {ns / kSecond, ns % kSecond};
    return call(SYS_nanosleep, &time, nullptr);
  }

  static int set_timer(int which, const Timing& wanted, Timing* old) {
    const itimerval value = itimerval_of(wanted);
    itimerval previous = {};
    const int result = call(SYS_setitimer, which, &value, old ? &previous : nullptr);
    if (result == 0 && old) *old = timing_of(previous);
    return result;
  }
  static int get_timer(int which, Timing* value) {
    itimerval present = {};
    const int result = call(SYS_getitimer, which, &present);
    if (result == 0) *value = timing_of(present);
    return result;
  }
  static int timer_create(int signo, bool silent, int32_t value) {
    sigevent event = {};
    event.sigev_notify = silent ? SIGEV_NONE : SIGEV_SIGNAL;
    event.sigev_signo = signo;
    event.sigev_value.sival_int = value;
    int id = -1;
    const int result = call(SYS_timer_create, CLOCK_REALTIME, &event, &id);
    return result ? result : id;
  }
  static int timer_settime(int id, const Timing& wanted, Timing* old) {
    const itimerspec value = {timespec_of(wanted.interval_ns), timespec_of(wanted.value_ns)};
    itimerspec previous = {};
    const int result = call(SYS_timer_settime, id, 0, &value, &previous);
    if (result == 0) *old = timing_of(previous);
    return result;
  }
  static int timer_gettime(int id, Timing* value) {
    itimerspec present = {};
    const int result = call(SYS_timer_gettime, id, &present);
    if (result == 0) *value = timing_of(present);
    return result;
  }
  static int timer_getoverrun(int id) { return call(SYS_timer_getoverrun, id); }
  static int timer_delete(int id) { return call(SYS_timer_delete, id); }
  static int timer_overdue(int id, int64_t intervals) {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t past = now.tv_sec * kSecond + now.tv_nsec - intervals * kOverdueInterval_ns - kOverdueInterval_ns / 2;
    const itimerspec value = {timespec_of(kOverdueInterval_ns), timespec_of(past)};
    return call(SYS_timer_settime, id, TIMER_ABSTIME, &value, nullptr);
  }
  // As let_expire(). A handler may have deleted it meanwhile.
  static void let_timer_expire(int id) {
    Timing left;
    while (timer_gettime(id, &left) == 0 && left.value_ns > 0 && left.value_ns < kSecond) {
    }
  }
  static int alarm(uint32_t seconds) { return static_cast<int>(::alarm(seconds)); }

  static int send_while(int first, int second, int sleep_kind, uint64_t set, Info* info) {
    request->pid = self;
    request->first = first;
    request->second = second;
    request->change();
    switch (sleep_kind) {
      case kPausing: return ::pause() == -1 ? -errno : 0;
      case kNanosleeping: return sleep(10 * kSecond);
      case kSuspending: return suspend(set);
      case kTimedWaiting: return wait(set, 10, 0, info);
      default: return wait(set, -1, 0, info);
    }
  }
  static void no_more_sends() { request->withdraw(); }
  static void when_stopped(int signo) {
    WhenStopped& list = *parity::when_stopped;
    if (signo == 0) list.count = 0;
    else if (list.count < kMostWhenStopped) {
      list.signos[list.count] = signo;
      list.count = list.count + 1;
    }
  }

  // As vfork() does, the other process holds this one until it ends: so everything is sent before any of it is taken. Its end sends no SIGCHLD.
  static void send_at_once(const Sending* sendings, int count) {
    alignas(16) static char stack[1 << 14];
    static Batch batch;
    const int kept = errno;
    while (syscall(SYS_wait4, -1, nullptr, __WCLONE | WNOHANG, nullptr) > 0) {
    }
    batch = {sendings, count};
    if (clone(send_all, stack + sizeof stack, CLONE_VM | CLONE_VFORK, &batch) < 0) _exit(2);
    errno = kept;
  }

  // Expired: nothing left, or much of the next interval.
  static void let_expire(int which) {
    Timing left;
    do {
      if (which != 0) {
        for (int i = 0; i < 20000; i++) asm volatile("");  // these clocks count what the program itself does
      }
      get_timer(which, &left);
    } while (left.value_ns > 0 && left.value_ns < kSecond);
  }

  static void start_thread(int index, void (*program)(int)) {
    if (index == 1) enter(0);
    threads.turn = 0;
    threads.count = index + 1;
    auto& thread = threads.each[index];
    thread.tid = 0;
    thread.program = program;
    if (pthread_create(&thread.thread, nullptr, begin, reinterpret_cast<void*>(static_cast<intptr_t>(index)))) _exit(2);
    while (thread.tid == 0) give_way();
    settle();
  }
  static void join_threads() {
    for (int index = 1; index < threads.count; index++) pthread_join(threads.each[index].thread, nullptr);
    for (int index = 0; index < threads.count; index++) close(threads.each[index].stat);
    threads.count = 1;
  }
  [[noreturn]] static void end_threads() {
    ++*current_program;
    _exit(kUsedUp);
  }

  static void give_turn(int index) {
    threads.turn = static_cast<uint32_t>(index);
    syscall(SYS_futex, &threads.turn, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
  }
  static void wait_for_turn(int index) {
    for (uint32_t turn; (turn = threads.turn.load()) != static_cast<uint32_t>(index);) {
      syscall(SYS_futex, &threads.turn, FUTEX_WAIT_PRIVATE, turn, nullptr, nullptr, 0);
    }
  }
  // A signal that wakes a thread has done so when the call that sent it returns.
  static void settle() {
    const pid_t me = static_cast<pid_t>(syscall(SYS_gettid));
    for (int index = 0; index < threads.count; index++) {
      if (threads.each[index].tid == me) continue;
      while (sleeps(threads.each[index].stat) == Sleeps::kNo) give_way();
    }
  }

 private:
  struct Batch {
    const Sending* sendings;
    int count;
  };
  static int send_all(void* context) {
    const Batch batch = *static_cast<Batch*>(context);
    for (int i = 0; i < batch.count; i++) {
      const Sending& one = batch.sendings[i];
      siginfo_t info = queued(one.signo, one.value);
      info.si_pid = static_cast<pid_t>(syscall(SYS_getpid));
      if (one.queued) syscall(SYS_rt_sigqueueinfo, self, one.signo, &info);
      else syscall(SYS_kill, self, one.signo);
    }
    return 0;
  }

  static void enter(int index) {
    const pid_t tid = static_cast<pid_t>(syscall(SYS_gettid));
    char name[40];
    snprintf(name, sizeof name, "/proc/self/task/%d/stat", tid);
    threads.each[index].stat = open(name, O_RDONLY | O_CLOEXEC);
    if (threads.each[index].stat < 0) _exit(2);
    threads.each[index].tid = tid;
  }
  static void* begin(void* index_as_pointer) {
    const int index = static_cast<int>(reinterpret_cast<intptr_t>(index_as_pointer));
    enter(index);
    threads.each[index].program(index);
    return nullptr;
  }
};

void set_everything_back(uint64_t used) {
  // The program ended with all signals blocked, all timers disarmed and nothing pending.
  const ActionOf by_default;
  ActionOf old;
  for (uint64_t rest = used & ~kUnblockableBits; rest; rest &= rest - 1) Linux::action(__builtin_ctzll(rest) + 1, &by_default, &old);
  const uint64_t none = 0;
  Linux::mask(kHowSetMask, &none, nullptr);
}

volatile sig_atomic_t gave_up;
void parent_gave_up(int) { gave_up = 1; }

// A signal that wakes the child has done so when kill() returns. So if it sleeps after that it slept on, or sleeps again.
[[noreturn]] void sender() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    const uint32_t number = request->number.load();
    if (number & 1) {
      for (const int signo : {request->first.load(), request->second.load()}) {
        const int pid = request->pid;
        while (signo && request->number.load() == number && !sleeps_now(pid)) give_way();
        if (signo && request->number.load() == number) kill(pid, signo);
      }
    }
    syscall(SYS_futex, &request->number, FUTEX_WAIT, number, nullptr, nullptr, 0);
  }
}

}  // namespace

struct Kernel::Shared {
  Request request;
  WhenStopped when_stopped;
  std::atomic<int> current;  // the program that runs now
  Trace traces[kMost];
};

Kernel::Kernel() {
  void* const memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    perror("mmap");
    exit(2);
  }
  shared_ = static_cast<Shared*>(memory);
  request = &shared_->request;
  when_stopped = &shared_->when_stopped;
  sender_ = fork();
  if (sender_ < 0) {
    perror("fork");
    exit(2);
  }
  if (sender_ == 0) sender();
}

Kernel::~Kernel() {
  kill(sender_, SIGKILL);
  waitpid(sender_, nullptr, 0);
  munmap(shared_, sizeof(Shared));
}

const Trace* Kernel::traces() const { return shared_->traces; }

namespace {

[[noreturn]] void child(const Program* programs, int count, std::atomic<int>* current, Trace* traces) {
  self = getpid();
  current_program = current;
  threads.each[0].tid = self;
  // Alone in its process group, so that kill(0, ...) is for it only; and the group is not orphaned, so that SIGTSTP stops it.
  if (setpgid(0, 0) != 0 || getpgrp() != self) _exit(2);
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (; *current < count; ++*current) {
    const Program& program = programs[*current];
    Run::run(program, &traces[*current]);
    set_everything_back(signals_of(program));
  }
  _exit(0);
}

void add(Trace* trace, What what, int signo) {
  Event event;
  event.what = what;
  event.signo = signo;
  trace->add(event);
}

// Waits for the child's next change of state; false if it did nothing for a long time.
bool next_status(pid_t pid, int* status) {
  const itimerval limit = {{0, 0}, {kSecondsUntilStuck, 0}};
  gave_up = 0;
  setitimer(ITIMER_REAL, &limit, nullptr);
  bool known;
  while (!(known = waitpid(pid, status, WUNTRACED) == pid) && !gave_up) {
  }
  const itimerval none = {};
  setitimer(ITIMER_REAL, &none, nullptr);
  return known;
}

}  // namespace

void Kernel::run(const Program* programs, int count) {
  struct sigaction give_up = {}, before;
  give_up.sa_handler = parent_gave_up;
  sigaction(SIGALRM, &give_up, &before);
  shared_->current = 0;
  while (shared_->current < count) {
    const pid_t pid = fork();
    if (pid < 0) {
      perror("fork");
      exit(2);
    }
    if (pid == 0) {
      sigaction(SIGALRM, &before, nullptr);
      child(programs, count, &shared_->current, shared_->traces);
    }
    for (;;) {
      int status = 0;
      if (!next_status(pid, &status)) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        request->withdraw();
        add(&shared_->traces[shared_->current], What::kStuck, 0);
        ++shared_->current;
        break;
      }
      Trace* const trace = &shared_->traces[shared_->current];
      if (WIFSTOPPED(status)) {
        add(trace, What::kStopped, WSTOPSIG(status));
        for (int i = 0; i < when_stopped->count; i++) kill(pid, when_stopped->signos[i]);
        when_stopped->count = 0;
        kill(pid, SIGCONT);
        continue;
      }
      if (WIFSIGNALED(status)) {
        request->withdraw();
        add(trace, What::kKilled, WTERMSIG(status));
        ++shared_->current;
      } else if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != kUsedUp) {
        fprintf(stderr, "parity: the child could not be set up\n");
        exit(2);
      }
      break;
    }
  }
  sigaction(SIGALRM, &before, nullptr);
}

}  // namespace wasmsig::parity
