// Runs a program on a system and writes the trace. The same code for the kernel and for the emulated process: a system differs
// only in its calls. Everything is in static memory: handlers interrupt it anywhere between two operations, and leave it by jumps.
//
// Threads run in turns: one operation each, in rotation. Nobody runs on before all others wait, so what a signal does in another thread
// is part of the operation that sent it. A handler that begins in a thread whose turn it is not waits for the turn.
#pragma once

#include <errno.h>
#include <setjmp.h>

#include <atomic>

#include "trace.hpp"

namespace wasmsig::parity {

struct Info {
  int32_t code = 0;
  int32_t sender = kKernelSent;
  int32_t value = 0;
  int32_t timer_id = -1, overrun = 0;  // SI_TIMER
};

struct ActionOf {
  int32_t handling = kDefault;
  uint32_t flags = 0;
  uint64_t mask = 0;
};

struct Timing {
  int64_t value_ns = 0, interval_ns = 0;
};

inline constexpr int64_t kOverdueInterval_ns = 1000000000000;

enum { kHowBlock, kHowUnblock, kHowSetMask };

constexpr uint64_t bit(int signo) { return uint64_t{1} << (signo - 1); }
inline constexpr uint64_t kUnblockableBits = bit(9) | bit(19);
inline constexpr uint64_t kJobControlBits = bit(18) | bit(19) | bit(20) | bit(21) | bit(22);
inline constexpr uint64_t kDumpsCoreBits = bit(3) | bit(4) | bit(5) | bit(6) | bit(7) | bit(8) | bit(11) | bit(24) | bit(25) | bit(31);
inline constexpr uint64_t kIgnoredByDefaultBits = bit(17) | bit(18) | bit(23) | bit(28);

// System: static functions that return 0 or more, or a negative errno.
//   action(signo, const ActionOf*, ActionOf* old)   raise(signo)   send(Target, signo)   queue(Target, signo, value)
//   send_thread(thread, signo)   queue_thread(thread, signo, value)   mask(how, const uint64_t* set, uint64_t* old)   pending()   suspend(mask)
//   wait(set, seconds, nanoseconds, Info*), negative seconds and no nanoseconds: for ever   sleep(ns)
//   set_timer(which, Timing, Timing* old)   get_timer(which, Timing*)   alarm(seconds)
//   send_while(first, second, sleep, mask or set, Info*): another process sends both, each when this one sleeps   no_more_sends()
//   when_stopped(signo): it also sends this one when the program is stopped the next time, before SIGCONT, in the order of these calls; 0: none of them
//   send_at_once(sendings, count): another process sends all of them before this one can take any
//   let_expire(which): returns when the timer, armed for at once, has expired
//   timer_create(signo, silent, value): the id, of a timer on the real-time clock   timer_settime(id, Timing, Timing* old)   timer_gettime(id, Timing*)
//   timer_getoverrun(id)   timer_delete(id)   timer_overdue(id, intervals): set to a time that passed half an interval and so many intervals ago
//   let_timer_expire(id): returns when the timer, armed for at once, has expired
// And for threads:
//   start_thread(index, function(index)): returns when it waits for its turn   join_threads()   end_threads(): some sleep for ever; no return
//   give_turn(index)   wait_for_turn(index): handlers run meanwhile   settle(): returns when all others wait and have nothing to do before
template <class System>
class Interpreter {
 public:
  static void run(const Program& program, Trace* trace) {
    program_ = &program;
    trace_ = trace;
    budget_ = kBudget;
    trace->clear();
    me_ = 0;
    count_ = program.threads();
    for (int thread = 0; thread < count_; thread++) {
      threads_[thread].depth = 0;
      threads_[thread].state = kReady;
    }
    for (int thread = 1; thread < count_; thread++) System::start_thread(thread, run_thread);
    System::when_stopped(0);
    sending_count_ = 0;
    stale_ = 0;
    for (PosixTimer& timer : timers_) timer = {};
    run_script(0);
    if (count_ == 1) {
      finish();
      finish_process();
    } else {
      finish_in_turn();
      System::join_threads();
    }
  }

  // A handler of the system calls this. `after` is the mask that will be restored.
  static void handle(int script, int signo, const Info& info, uint64_t* after) {
    Thread& me = self();
    const State before = me.state;
    me.state = kReady;
    if (count_ > 1) wait_for_turn();
    if (me.depth + 1 >= kMostDepth) return;
    if (count_ == 1) System::no_more_sends();
    me.depth++;
    me.frames[me.depth].after = after;
    Event event = now(What::kBegins);
    event.script = static_cast<uint8_t>(script);
    event.signo = signo;
    fill(&event, info);
    event.set = blocked();
    event.other = *after;
    trace_->add(event);
    run_script(script);
    event = now(What::kEnds);
    event.signo = signo;
    event.set = blocked();
    event.other = *after;
    trace_->add(event);
    me.depth--;
    me.state = before;
    // The call that it interrupted may go on sleeping (stopped and continued in sigsuspend), and must not take the turn along.
    const int next = before == kSleeping ? next_in(kReady) : -1;
    if (next >= 0) System::give_turn(next);
  }

  static void stopped(int signo) { process_event(What::kStopped, signo); }
  static void killed(int signo) { process_event(What::kKilled, signo); }
  static void stuck() { process_event(What::kStuck, 0); }

 private:
  static constexpr int kMostDepth = 100;

  struct Frame {
    int script;
    int next;                 // operation
    bool has_checkpoint;
    bool keeps_mask;
    uint64_t mask;
    uint64_t* after;
    jmp_buf checkpoint;
  };

  // Read by others when this thread waits.
  enum State { kReady, kSleeping, kThrough, kFinished };

  struct Thread {
    std::atomic<State> state;
    int depth;
    Frame frames[kMostDepth];
  };

  static inline const Program* program_;
  static inline Trace* trace_;
  static inline int budget_;
  static inline int count_;
  static inline Sending sendings_[kMostAtOnce];  // what other_sends() has collected
  static inline int sending_count_;
  struct PosixTimer {
    int id = -1;
    int signo = 0;  // 0: it sends none
  };
  static inline PosixTimer timers_[kPosixTimers];
  // Signals that may be pending only of timers that were set or deleted since: they are not accepted, and end no sleep.
  static inline uint64_t stale_;
  static inline Thread threads_[1 + kThreads];
  static inline thread_local int me_;

  static Thread& self() { return threads_[me_]; }

  // --- turns ---

  static void run_thread(int index) {
    me_ = index;
    wait_for_turn();
    run_script(kFirstThread + index - 1);
    finish_in_turn();
  }

  static void wait_for_turn() {
    System::wait_for_turn(me_);
    // One that waits for its turn may still be on its way to that; but one that goes to sleep has the mask that counts only when it sleeps.
    if (first_in(kSleeping) >= 0) System::settle();
  }

  static int next_in(State state) {
    for (int step = 1; step <= count_; step++) {
      const int thread = (me_ + step) % count_;
      if (threads_[thread].state == state) return thread;
    }
    return -1;
  }

  static int first_in(State state) {
    for (int thread = 0; thread < count_; thread++) {
      if (threads_[thread].state == state) return thread;
    }
    return -1;
  }

  // Before each operation.
  static void take_turns() {
    System::settle();
    const int next = next_in(kReady);
    if (next == me_) return;
    System::give_turn(next);
    wait_for_turn();
  }

  // A call that sleeps until another thread sends something.
  template <class Call>
  static int sleep_in(Call call) {
    System::settle();
    self().state = kSleeping;
    System::give_turn(next_in(kReady));
    const int result = call();
    self().state = kReady;
    wait_for_turn();
    return result;
  }

  static bool others_ready() {
    if (count_ == 1) return false;
    System::settle();
    const int next = next_in(kReady);
    return next != me_;
  }

  // The script is through, but handlers may still run here. When all threads are through or sleep for ever, each tells what it is left with.
  static void finish_in_turn() {
    self().state = kThrough;
    for (;;) {
      System::settle();
      int next = next_in(kReady);
      if (next < 0) next = first_in(kThrough);
      if (next == me_) break;
      System::give_turn(next);
      wait_for_turn();
    }
    finish();
    self().state = kFinished;
    const int next = first_in(kThrough);
    if (next >= 0) {
      System::give_turn(next);
      return;
    }
    finish_process();
    bool sleepers = false;
    for (int thread = 0; thread < count_; thread++) {
      if (threads_[thread].state != kSleeping) continue;
      Event event;
      event.what = What::kSleeps;
      event.thread = static_cast<uint8_t>(thread);
      trace_->add(event);
      sleepers = true;
    }
    if (sleepers) System::end_threads();
  }

  // --- operations ---

  static Event now(What what) {
    Event event;
    event.what = what;
    event.thread = static_cast<uint8_t>(me_);
    event.depth = static_cast<uint8_t>(self().depth);
    return event;
  }

  static void process_event(What what, int signo) {
    Event event;
    event.what = what;
    event.signo = signo;
    trace_->add(event);
  }

  static void fill(Event* event, const Info& info) {
    event->code = info.code;
    event->sender = info.sender;
    event->value = info.value;
    event->overrun = info.overrun;
    if (info.timer_id < 0) return;
    for (int i = 0; i < kPosixTimers; i++) {
      if (timers_[i].id == info.timer_id) event->timer = i + 1;
    }
  }

  static void fill(Event* event, const ActionOf& action) {
    event->code = action.handling;
    event->value = static_cast<int32_t>(action.flags);
    event->set = action.mask;
  }

  static uint64_t blocked() {
    uint64_t mask = 0;
    System::mask(kHowBlock, nullptr, &mask);
    return mask;
  }

  // Has a setjmp and so nothing in local variables: everything is found again by the depth. Arrivals at the checkpoint go on with the
  // operation after the one that was left.
  [[gnu::noinline]] static void run_script(int script) {
    Frame& first = frame();
    first.script = script;
    first.next = 0;
    first.has_checkpoint = false;
    while (const Op* op = next_op()) {
      if (op->kind != Kind::kCheckpoint) {
        execute(*op);
        continue;
      }
      prepare_checkpoint(*op);
      if (_setjmp(frame().checkpoint) != 0) arrived();
    }
    frame().has_checkpoint = false;
  }

  static Frame& frame() { return self().frames[self().depth]; }

  static const Op* next_op() {
    if (count_ > 1) take_turns();
    Frame& here = frame();
    const Script& script = program_->scripts[here.script];
    if (here.next >= script.count || budget_ <= 0) return nullptr;
    budget_--;
    trace_->executed++;
    return &script.ops[here.next++];
  }

  static void prepare_checkpoint(const Op& op) {
    Frame& here = frame();
    here.has_checkpoint = true;
    here.keeps_mask = op.b != 0;
    here.mask = blocked();
  }

  static void arrived() {
    Event event = now(What::kJumped);
    event.set = blocked();
    trace_->add(event);
  }

  // As siglongjmp() does it: first the mask, whose handlers still run on the stack that is left.
  static void jump(const Op& op) {
    Thread& me = self();
    int to = me.depth;
    for (int64_t steps = op.b; to > 0 && (steps > 0 || !me.frames[to].has_checkpoint); to--) steps--;
    if (!me.frames[to].has_checkpoint) return;
    if (me.frames[to].keeps_mask) System::mask(kHowSetMask, &me.frames[to].mask, nullptr);
    me.depth = to;
    _longjmp(me.frames[to].checkpoint, 1);
  }

  // What is pending and will be accepted.
  static uint64_t certain() {
    const uint64_t pending = System::pending();
    for (uint64_t rest = stale_ & ~pending; rest; rest &= rest - 1) {
      const int signo = __builtin_ctzll(rest) + 1;
      if (!ignores(signo)) stale_ &= ~bit(signo);
    }
    return pending & ~stale_;
  }

  static bool ignores(int signo) {
    ActionOf action;
    System::action(signo, nullptr, &action);
    return action.handling == kIgnore || (action.handling == kDefault && (kIgnoredByDefaultBits & bit(signo)));
  }

  // A timer is to be set or deleted.
  static PosixTimer& changed(int index) {
    PosixTimer& timer = timers_[index];
    if (timer.id >= 0 && timer.signo > 0 && ((System::pending() & bit(timer.signo)) || ignores(timer.signo))) stale_ |= bit(timer.signo);
    return timer;
  }

  static void create_timer(const Op& op, Event* event) {
    if (timers_[op.a].id >= 0) {
      event->what = What::kSkipped;
      return;
    }
    const int id = System::timer_create(op.signo, op.b != 0, static_cast<int32_t>(op.c));
    event->result = id < 0 ? id : 0;
    if (id >= 0) timers_[op.a] = {id, op.b != 0 ? 0 : op.signo};
  }

  static void delete_timer(int index, Event* event) {
    PosixTimer& timer = changed(index);
    const int id = timer.id;
    timer = {};
    event->result = System::timer_delete(id);
  }

  // Something is pending that the mask lets through and that runs a handler or kills, whatever else happens before.
  static bool would_wake(uint64_t mask) {
    const uint64_t candidates = certain() & ~mask & ~kJobControlBits;
    for (uint64_t rest = candidates; rest; rest &= rest - 1) {
      const int signo = __builtin_ctzll(rest) + 1;
      if (has_effect(signo)) return true;
    }
    return false;
  }

  static bool has_effect(int signo) {
    ActionOf action;
    System::action(signo, nullptr, &action);
    return action.handling > kHandler || (action.handling == kDefault && !(kIgnoredByDefaultBits & bit(signo)));
  }

  static bool stops(int signo) { return signo >= 19 && signo <= 22; }

  // Nothing ends the sleep before the first signal is sent, and the second one does if the first did not.
  static bool would_end(const Op& op) {
    const int signo = static_cast<int>(op.b);
    const bool accepts = op.a == kTimedWaiting || op.a == kWaiting;
    const uint64_t present = blocked(), pending = System::pending();
    if (accepts && (pending & op.set & ~kUnblockableBits)) return false;
    // README.md, "A stop in sigsuspend()".
    if (op.a == kSuspending && stops(op.signo) && (op.set & bit(18)) && !(present & bit(18))) return false;
    if (op.a == kSuspending && (pending & ~op.set)) return false;
    if (signo < 1 || signo > 64 || (kJobControlBits & bit(signo))) return false;
    // What is ignored and not blocked is dropped even if it is waited for.
    if (accepts && (op.set & bit(signo) & ~kUnblockableBits)) return (present & bit(signo)) || has_effect(signo);
    const uint64_t mask = op.a == kSuspending ? op.set & ~kUnblockableBits : accepts ? present & ~op.set : present;
    return !(mask & bit(signo)) && has_effect(signo);
  }

  // Whole seconds, because on one side time passes; what is left of a timer that is armed is never 0.
  static uint64_t seconds_of(int64_t ns) {
    const int64_t rounded = (ns + 500000000) / 1000000000;
    return static_cast<uint64_t>(ns > 0 && rounded == 0 ? -1 : rounded);
  }

  static void execute(const Op& op) {
    const uint8_t script = static_cast<uint8_t>(frame().script);
    const uint8_t index = static_cast<uint8_t>(frame().next - 1);
    Event event = now(What::kResult);
    event.script = script;
    event.index = index;
    Info info;
    Timing old;
    switch (op.kind) {
      case Kind::kSigaction:
      case Kind::kSigactionGet: {
        const ActionOf wanted = {op.a, static_cast<uint32_t>(op.b), op.set};
        ActionOf previous;
        event.result = System::action(op.signo, op.kind == Kind::kSigaction ? &wanted : nullptr, &previous);
        if (event.result == 0) fill(&event, previous);
        break;
      }
      case Kind::kRaise: event.result = System::raise(op.signo); break;
      case Kind::kKill: event.result = System::send(static_cast<Target>(op.a), op.signo); break;
      case Kind::kSigqueue: event.result = System::queue(static_cast<Target>(op.a), op.signo, static_cast<int32_t>(op.b)); break;
      case Kind::kPthreadKill:
      case Kind::kPthreadSigqueue: {
        const int to = op.a == kCaller ? me_ : op.a - kThread;
        if (to >= count_) event.what = What::kSkipped;
        else if (op.kind == Kind::kPthreadKill) event.result = System::send_thread(to, op.signo);
        else event.result = System::queue_thread(to, op.signo, static_cast<int32_t>(op.b));
        break;
      }
      case Kind::kSigprocmask:
      case Kind::kSigprocmaskGet:
        event.result = System::mask(op.a, op.kind == Kind::kSigprocmask ? &op.set : nullptr, &event.set);
        break;
      case Kind::kSigpending: event.set = System::pending(); break;
      case Kind::kSigsuspend:
        if (would_wake(op.set)) {
          event.result = System::suspend(op.set);
        } else if (others_ready()) {
          event.result = sleep_in([&] { return System::suspend(op.set); });
        } else {
          event.what = What::kSkipped;
        }
        break;
      case Kind::kSigtimedwait:
        event.result = System::wait(op.set, op.b, op.c, &info);
        if (event.result > 0) fill(&event, info);
        break;
      case Kind::kSigwaitinfo:
        if (certain() & op.set & ~kUnblockableBits) {
          event.result = System::wait(op.set, -1, 0, &info);
        } else if (others_ready()) {
          event.result = sleep_in([&] { return System::wait(op.set, -1, 0, &info); });
        } else {
          event.what = What::kSkipped;
        }
        if (event.result > 0) fill(&event, info);
        break;
      case Kind::kNanosleep: event.result = System::sleep(op.b); break;
      case Kind::kSetitimer:
      case Kind::kGetitimer:
        event.result = op.kind == Kind::kSetitimer ? System::set_timer(op.a, {op.b * 1000, op.c * 1000}, &old) : System::get_timer(op.a, &old);
        if (event.result == 0) {
          event.set = seconds_of(old.value_ns);
          event.other = seconds_of(old.interval_ns);
        }
        break;
      case Kind::kAlarm: event.result = System::alarm(static_cast<uint32_t>(op.b)); break;
      case Kind::kExpire:
        event.result = System::set_timer(op.a, {1000, op.b * 1000}, nullptr);
        if (event.result == 0) System::let_expire(op.a);
        break;
      case Kind::kTimerCreate: create_timer(op, &event); break;
      case Kind::kTimerSettime:
      case Kind::kTimerGettime:
        event.result = op.kind == Kind::kTimerSettime ? System::timer_settime(changed(op.a).id, {op.b * 1000, op.c * 1000}, &old)
                                                      : System::timer_gettime(timers_[op.a].id, &old);
        if (event.result == 0) {
          event.set = seconds_of(old.value_ns);
          event.other = seconds_of(old.interval_ns);
        }
        break;
      case Kind::kTimerGetoverrun: event.result = System::timer_getoverrun(timers_[op.a].id); break;
      case Kind::kTimerDelete: delete_timer(op.a, &event); break;
      case Kind::kTimerExpire: {
        const int id = changed(op.a).id;
        event.result = System::timer_settime(id, {1000, op.b * 1000}, &old);
        if (event.result == 0) System::let_timer_expire(id);
        break;
      }
      case Kind::kTimerOverdue: event.result = System::timer_overdue(changed(op.a).id, op.b); break;
      case Kind::kWhenStopped:
        // SIGCONT comes last: what is sent behind it would be sent while the program runs, at any time.
        if (op.signo < 1 || op.signo > 64 || op.signo == 18) event.what = What::kSkipped;
        else System::when_stopped(op.signo);
        break;
      case Kind::kSendWhile:
        System::when_stopped(0);  // they could end the sleep
        if (count_ == 1 && would_end(op)) {
          event.result = System::send_while(op.signo, static_cast<int>(op.b), op.a, op.set, &info);
          System::no_more_sends();
          if (event.result > 0) fill(&event, info);
        } else {
          event.what = What::kSkipped;
        }
        break;
      case Kind::kOtherSends:
        if (op.signo < 1 || op.signo > 64 || sending_count_ == kMostAtOnce) event.what = What::kSkipped;
        else sendings_[sending_count_++] = {op.signo, op.b >= 0, op.b >= 0 ? static_cast<int32_t>(op.b) : 0};
        break;
      case Kind::kAtOnce:
        // It holds one thread.
        if (count_ > 1 || !has_an_order()) event.what = What::kSkipped;
        else send_at_once();
        break;
      case Kind::kCheckpoint: break;
      case Kind::kJump: jump(op); break;
      case Kind::kReturnMask: change_after(op); break;
    }
    trace_->add(event);
  }

  // README.md, "Sent at once": what ends the program by default, without a core, may overtake what was sent before it, or not. As the first it has nothing to overtake.
  static bool has_an_order() {
    const uint64_t open = ~blocked() | kUnblockableBits;
    bool first = true;
    for (int i = 0; i < sending_count_; i++) {
      const int signo = sendings_[i].signo;
      if (!(open & bit(signo))) continue;
      ActionOf action;
      System::action(signo, nullptr, &action);
      const bool ends = action.handling == kDefault && !((kIgnoredByDefaultBits | kDumpsCoreBits) & bit(signo)) && !stops(signo);
      if (ends && !first) return false;
      first = false;
    }
    return true;
  }

  // The handlers that run then may collect and send again.
  static void send_at_once() {
    Sending sendings[kMostAtOnce];
    const int count = sending_count_;
    for (int i = 0; i < count; i++) sendings[i] = sendings_[i];
    sending_count_ = 0;
    System::send_at_once(sendings, count);
  }

  // uc_sigmask of the handler that is running.
  static void change_after(const Op& op) {
    if (self().depth == 0) return;
    uint64_t& after = *frame().after;
    switch (op.a) {
      case kHowBlock: after |= op.set; break;
      case kHowUnblock: after &= ~op.set; break;
      default: after = op.set; break;
    }
  }

  // Of a thread.
  static void finish() {
    budget_ = 0;
    const Timing none;
    for (int which = 0; which < 3; which++) System::set_timer(which, none, nullptr);
    const uint64_t all = ~uint64_t{0};
    Event event = now(What::kFinal);
    System::mask(kHowSetMask, &all, &event.set);
    event.other = System::pending();
    trace_->add(event);
    Info info;
    for (int signo; (signo = System::wait(all, 0, 0, &info)) > 0;) {
      event = now(What::kLeft);
      event.signo = signo;
      fill(&event, info);
      trace_->add(event);
    }
  }

  static void finish_process() {
    for (PosixTimer& timer : timers_) {
      if (timer.id >= 0) System::timer_delete(timer.id);
    }
    Event event;
    event.what = What::kAction;
    for (uint64_t rest = signals_of(*program_) & ~kUnblockableBits; rest; rest &= rest - 1) {
      event.signo = __builtin_ctzll(rest) + 1;
      ActionOf action;
      System::action(event.signo, nullptr, &action);
      fill(&event, action);
      trace_->add(event);
    }
  }
};

}  // namespace wasmsig::parity
