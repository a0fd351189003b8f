// The emulated process on the fake host.
#include <vector>

#include "executors.hpp"
#include "interpreter.hpp"
#include "platform/fake/fake_host.hpp"
#include "process/process.hpp"
#include "queue/queue.hpp"

namespace wasmsig::parity {

namespace {

namespace p = wasmsig::process;

bool has_threads;
std::vector<int> when_stopped;

struct Emulated;
using Run = Interpreter<Emulated>;

constexpr int kNobodysPid = 0x3fffffff;

Info info_of(const p::SigInfo& from) {
  if (from.code == p::kTimer) return {from.code, kKernelSent, static_cast<int32_t>(from.value), from.pid, static_cast<int32_t>(from.uid)};
  return {from.code, from.pid == 0 ? kKernelSent : from.pid == p::pid() ? kSelfSent : kOtherSent, static_cast<int32_t>(from.value), -1, 0};
}

void invoke(p::Accepted& accepted) {
  Info info;
  if (accepted.flags & p::kSigInfo) info = info_of(p::info_of(accepted.signo, accepted.origin));
  Run::handle(static_cast<int>(accepted.handler), accepted.signo, info, &accepted.restore.bits);
}

int pid_of(Target target) {
  switch (target) {
    case kSelf: return p::pid();
    case kOwnGroup: return 0;
    case kGroupOfSelf: return -p::pid();
    default: return kNobodysPid;
  }
}

// On the scripted host there is one thread, whose name is 1.
uintptr_t id_of(int thread) { return has_threads ? fake::thread_id(thread) : 1; }

struct Emulated {
  static int action(int signo, const ActionOf* wanted, ActionOf* old) {
    p::Action action, previous;
    if (wanted) {
      action.flags = wanted->flags;
      action.mask.bits = wanted->mask;
      if (wanted->handling == kIgnore) action.disposition = p::Disposition::kIgnore;
      if (wanted->handling > kHandler) {
        action.disposition = p::Disposition::kCatch;
        action.invoke = invoke;
        action.handler = static_cast<uintptr_t>(wanted->handling - kHandler);
      }
    }
    const int result = p::set_action(signo, wanted ? &action : nullptr, &previous);
    if (result == 0) {
      old->flags = previous.flags;
      old->mask = previous.mask.bits;
      switch (previous.disposition) {
        case p::Disposition::kDefault: old->handling = kDefault; break;
        case p::Disposition::kIgnore: old->handling = kIgnore; break;
        case p::Disposition::kCatch: old->handling = kHandler + static_cast<int32_t>(previous.handler); break;
      }
    }
    return result;
  }

  static int raise(int signo) { return p::raise(signo); }
  static int send(Target target, int signo) { return p::kill(pid_of(target), signo); }
  static int queue(Target target, int signo, int32_t value) { return p::queue(pid_of(target), signo, value); }
  static int send_thread(int thread, int signo) { return p::kill_thread(id_of(thread), signo); }
  static int queue_thread(int thread, int signo, int32_t value) { return p::queue_thread(id_of(thread), signo, value); }

  static int mask(int how, const uint64_t* set, uint64_t* old) {
    SignalSet wanted, previous;
    if (set) wanted.bits = *set;
    const int result = p::set_mask(static_cast<p::How>(how), set ? &wanted : nullptr, &previous);
    if (result == 0 && old) *old = previous.bits;
    return result;
  }
  static uint64_t pending() { return p::pending().bits; }
  static int suspend(uint64_t mask) { return p::suspend({mask}); }

  static int wait(uint64_t set, int64_t seconds, int64_t nanoseconds, Info* info) {
    const bool forever = seconds == -1 && nanoseconds == 0;
    // The check of the C functions (posix/sigwait.cpp).
    if (!forever && (seconds < 0 || nanoseconds < 0 || nanoseconds >= 1000000000)) return -EINVAL;
    p::SigInfo accepted;
    const int result = p::wait({set}, &accepted, forever ? -1 : seconds * 1000000000 + nanoseconds);
    if (result > 0) *info = info_of(accepted);
    return result;
  }
  static int sleep(int64_t ns) { return p::sleep(ns, nullptr); }

  static int set_timer(int which, const Timing& wanted, Timing* old) {
    p::TimerValue previous;
    const int result = p::set_timer(static_cast<p::TimerKind>(which), {wanted.value_ns, wanted.interval_ns}, &previous);
    if (result == 0 && old) *old = {previous.value_ns, previous.interval_ns};
    return result;
  }
  static int get_timer(int which, Timing* value) {
    p::TimerValue present;
    const int result = p::get_timer(static_cast<p::TimerKind>(which), &present);
    if (result == 0) *value = {present.value_ns, present.interval_ns};
    return result;
  }
  static int timer_create(int signo, bool silent, int32_t value) {
    const p::TimerEvent event = {silent ? p::TimerNotice::kNone : p::TimerNotice::kSignal, signo, value, 0};
    return p::create_timer(p::TimerClock::kRealtime, &event);
  }
  static int timer_settime(int id, const Timing& wanted, Timing* old) {
    p::TimerValue previous;
    const int result = p::set_posix_timer(id, false, {wanted.value_ns, wanted.interval_ns}, &previous);
    if (result == 0) *old = {previous.value_ns, previous.interval_ns};
    return result;
  }
  static int timer_gettime(int id, Timing* value) {
    p::TimerValue present;
    const int result = p::get_posix_timer(id, &present);
    if (result == 0) *value = {present.value_ns, present.interval_ns};
    return result;
  }
  static int timer_getoverrun(int id) { return p::timer_overrun(id); }
  static int timer_delete(int id) { return p::delete_timer(id); }
  static int timer_overdue(int id, int64_t intervals) {
    const int64_t past = p::timer_clock(p::TimerClock::kRealtime) - intervals * kOverdueInterval_ns - kOverdueInterval_ns / 2;
    return p::set_posix_timer(id, true, {past, kOverdueInterval_ns}, nullptr);
  }
  static void let_timer_expire(int) {
    fake::advance(2000);
    p::deliver();
  }
  static int alarm(uint32_t seconds) { return static_cast<int>(p::alarm(seconds)); }
  static int send_while(int first, int second, int sleep_kind, uint64_t set, Info* info) {
    if (first) fake::schedule(0, first);
    fake::schedule(0, second);
    switch (sleep_kind) {
      case kPausing: return p::pause();
      case kNanosleeping: return sleep(10000000000);
      case kSuspending: return suspend(set);
      case kTimedWaiting: return wait(set, 10, 0, info);
      default: return wait(set, -1, 0, info);
    }
  }
  static void no_more_sends() { fake::unschedule(); }
  static void when_stopped(int signo) {
    std::vector<int>& list = parity::when_stopped;
    if (signo == 0) list.clear();
    else if (list.size() < kMostWhenStopped) list.push_back(signo);
  }
  static void send_at_once(const Sending* sendings, int count) {
    for (int i = 0; i < count; i++) fake::send(sendings[i].signo, sendings[i].value, sendings[i].queued);
    p::deliver();
  }
  static void let_expire(int which) {
    if (which == 0) {
      fake::advance(2000);
    } else {
      fake::advance_running(2000);
    }
    p::deliver();
  }

  static void start_thread(int index, void (*program)(int)) { fake::start_thread(index, program); }
  static void join_threads() { fake::join_threads(); }
  [[noreturn]] static void end_threads() { fake::end_threads(); }
  static void give_turn(int index) { fake::give_turn(index); }
  static void wait_for_turn(int index) { fake::wait_for_turn(index); }
  static void settle() {
    if (has_threads) fake::settle();
  }
};

// One by one, as a guest that is stopped takes what comes.
void stopped(int signo) {
  if (signo == 0) return;  // continues
  Run::stopped(signo);
  constexpr int64_t kFirst = -1;  // before what send_while() has scheduled
  for (const int other : when_stopped) fake::schedule(kFirst, other);
  when_stopped.clear();
  fake::schedule(kFirst, 18 /* SIGCONT */);
}

struct Job {
  const Program* program;
  Trace* trace;
};

}  // namespace

void run_emulated(const Program& program, Trace* trace) {
  has_threads = program.threads() > 1;
  fake::reset(has_threads ? fake::Mode::kInTurns : fake::Mode::kScripted);
  fake::on_stop(stopped);
  Job job = {&program, trace};
  const fake::Outcome outcome = fake::run(
      [](void* context) {
        const Job& it = *static_cast<Job*>(context);
        Run::run(*it.program, it.trace);
      },
      &job);
  if (has_threads) fake::join_threads();
  if (outcome.kind == fake::Outcome::kKilled) Run::killed(outcome.signo);
  if (outcome.kind == fake::Outcome::kStuck) Run::stuck();
}

}  // namespace wasmsig::parity
