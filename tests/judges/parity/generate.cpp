// Random programs. Each has a small alphabet of signals, so that its operations meet, and most of these have handlers, so that it lives.
#include "program.hpp"

namespace wasmsig::parity {

namespace {

constexpr uint64_t bit(int signo) { return uint64_t{1} << (signo - 1); }

// Signals with rules of their own come up more often.
constexpr int kInteresting[] = {1,  2,  4,  5,  7,  8,  10, 10, 11, 12, 12, 14, 14, 15, 17, 18, 18, 18, 19, 20, 20, 21, 22,
                                23, 26, 27, 28, 31, 35, 35, 36, 36, 37, 40, 50, 63, 64};
// For programs with threads: whose default action stops nothing (when each thread notices is not specified) and dumps no core (the thread that
// sent it gets on for a moment, until the one that accepted it ends the process).
constexpr int kForThreads[] = {1, 2, 10, 10, 12, 12, 13, 14, 14, 15, 16, 17, 18, 23, 26, 27, 28, 35, 35, 36, 36, 40, 64};
constexpr uint32_t kFlags[] = {1, 2, 0x08000000, 0x10000000, 0x40000000, 0x40000000, 0x80000000, 0x100, 0x400, 0x800};

class Generator {
 public:
  Generator(Mode mode, uint64_t seed, uint64_t index) : outside_(mode == Mode::kOutside), state_(seed * 0x9e3779b97f4a7c15u ^ (index + 1) * 0xd1342543de82ef95u) {
    for (int i = 0; i < 4; i++) next();
  }

  Program program() {
    Program program;
    alphabet_size_ = 1 + below(6);
    has_threads_ = !outside_ && one_in(16);  // each of their operations takes as long as many others
    for (int i = 0; i < alphabet_size_; i++) alphabet_[i] = has_threads_ ? any_signal() : kInteresting[below(sizeof kInteresting / sizeof kInteresting[0])];
    if (one_in(8)) alphabet_[below(alphabet_size_)] = any_signal();
    has_checkpoint_ = one_in(2);
    Script& main = program.scripts[0];
    for (int i = 0; i < alphabet_size_; i++) {
      if (!one_in(15)) add(main, install(alphabet_[i]));
    }
    if (!has_threads_ && one_in(3)) {
      for (int timer = below(kPosixTimers); timer >= 0; timer--) add(main, create_timer(timer));
    }
    if (has_checkpoint_) add(main, checkpoint());
    const int length = 3 + below(24);
    while (main.count < length) {
      if (outside_ && !one_in(3)) {
        from_outside(main);
      } else if (one_in(6)) {
        burst(main);
      } else {
        add(main, op(false));
      }
    }
    if (has_threads_) {
      for (int thread = one_in(2); thread < kThreads; thread++) {
        Script& script = program.scripts[kFirstThread + thread];
        for (int i = 2 + below(12); i > 0; i--) add(script, op(false));
      }
    }
    for (int script = 1; script <= kHandlers; script++) {
      const int count = one_in(3) ? 0 : below(6);
      for (int i = 0; i < count; i++) {
        if (outside_ && one_in(4)) from_outside(program.scripts[script]);
        else add(program.scripts[script], op(true));
      }
    }
    return program;
  }

 private:
  bool outside_;
  uint64_t state_;
  int alphabet_size_ = 0;
  int alphabet_[8] = {};
  bool has_checkpoint_ = false;
  bool has_threads_ = false;

  // splitmix64
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  int below(int limit) { return static_cast<int>(next() % static_cast<uint64_t>(limit)); }
  bool one_in(int n) { return below(n) == 0; }

  static void add(Script& script, const Op& op) {
    if (script.count < kOps) script.ops[script.count++] = op;
  }

  // Without 32 to 34, which belong to the C library.
  int any_signal() {
    if (has_threads_) return kForThreads[below(sizeof kForThreads / sizeof kForThreads[0])];
    const int number = 1 + below(61);
    return number < 32 ? number : number + 3;
  }
  int signal() { return one_in(40) ? any_signal() : alphabet_[below(alphabet_size_)]; }
  // What is sent kills rarely, because a program that is dead shows nothing more.
  int signal_to_send() {
    if (one_in(150)) {
      static constexpr int kNone[] = {0, -1, 65, 66, 127, 1000000, -64};
      return kNone[below(7)];
    }
    return one_in(200) ? any_signal() : alphabet_[below(alphabet_size_)];
  }

  uint64_t set() {
    uint64_t set = 0;
    switch (below(10)) {
      case 0: return 0;
      case 1: return ~uint64_t{0};
      case 2: return next();
      default: break;
    }
    for (int i = 0; i < alphabet_size_; i++) {
      if (one_in(2)) set |= bit(alphabet_[i]);
    }
    return one_in(10) ? ~set : one_in(20) ? set | bit(9) | bit(19) : set;
  }

  uint32_t flags() {
    uint32_t flags = one_in(6) ? 0 : 4;
    while (one_in(3)) flags |= kFlags[below(sizeof kFlags / sizeof kFlags[0])];
    return flags;
  }

  int how() { return one_in(60) ? (one_in(2) ? 3 : -1) : below(3); }
  int timer() { return one_in(30) ? (one_in(2) ? 3 : -1) : one_in(2) ? 0 : 1 + below(2); }
  // Far away, so that no timer expires by itself; and not near a half second, where what remains would round either way.
  int64_t microseconds() {
    switch (below(8)) {
      case 0: return 0;
      case 1: return -1;
      case 2: return 100300000;
      case 3: return 200700000;
      default: return (1000 + below(9000)) * int64_t{1000000};
    }
  }
  int64_t interval() { return one_in(2) ? 0 : one_in(20) ? -1000000 : (1000 + below(9000)) * int64_t{1000000}; }

  Op install(int signo) {
    Op op = {Kind::kSigaction, signo, kHandler + 1 + below(4), flags(), 0, one_in(2) ? 0 : set()};
    if (one_in(12)) op.a = one_in(2) ? kIgnore : kDefault;
    return op;
  }

  Op create_timer(int timer) { return {Kind::kTimerCreate, signal_to_send(), timer, one_in(12), below(1000), 0}; }

  // Either far away or due at once, as the interval timers. Not with threads: Linux prefers the thread that runs.
  Op posix_timer() {
    const int timer = below(kPosixTimers);
    switch (below(12)) {
      case 0: case 1: return create_timer(timer);
      case 2: return {Kind::kTimerSettime, 0, timer, microseconds(), interval(), 0};
      case 3: return {Kind::kTimerGettime, 0, timer, 0, 0, 0};
      case 4: return {Kind::kTimerGetoverrun, 0, timer, 0, 0, 0};
      case 5: return {Kind::kTimerDelete, 0, timer, 0, 0, 0};
      case 6: case 7: case 8: return {Kind::kTimerOverdue, 0, timer, below(5), 0, 0};
      default: return {Kind::kTimerExpire, 0, timer, one_in(2) ? 0 : 1000000000, 0, 0};
    }
  }

  int receiver() { return has_threads_ ? below(kThread + kThreads + 1) : below(kThread + 1); }

  Op send() {
    if (one_in(has_threads_ ? 3 : 12)) return {Kind::kPthreadKill, signal(), receiver(), 0, 0, 0};
    switch (below(6)) {
      case 0: case 1: return {Kind::kKill, signal(), kSelf, 0, 0, 0};
      case 2: return {Kind::kRaise, signal(), 0, 0, 0, 0};
      case 3: return {Kind::kPthreadSigqueue, signal(), receiver(), below(1000), 0, 0};
      default: return {Kind::kSigqueue, signal(), kSelf, below(1000), 0, 0};
    }
  }

  uint64_t whole_alphabet() const {
    uint64_t set = 0;
    for (int i = 0; i < alphabet_size_; i++) set |= bit(alphabet_[i]);
    return set;
  }

  // Several become pending before some are let through.
  void burst(Script& script) {
    add(script, {Kind::kSigprocmask, 0, one_in(3) ? 2 : 0, 0, 0, one_in(3) ? set() : one_in(3) ? ~uint64_t{0} : whole_alphabet()});
    for (int i = 1 + below(8); i > 0; i--) add(script, !has_threads_ && one_in(5) ? posix_timer() : send());
    if (one_in(4)) add(script, install(signal()));
    for (int i = below(3); i > 0; i--) {
      switch (below(4)) {
        case 0: add(script, {Kind::kSigsuspend, 0, 0, 0, 0, one_in(2) ? 0 : set()}); break;
        case 1: add(script, {Kind::kSigwaitinfo, 0, 0, 0, 0, one_in(2) ? whole_alphabet() : set()}); break;
        case 2: add(script, {Kind::kSigtimedwait, 0, 0, 0, 0, one_in(2) ? whole_alphabet() : set()}); break;
        default: add(script, sleep()); break;
      }
    }
    if (!one_in(3)) add(script, {Kind::kSigprocmask, 0, one_in(3) ? 2 : 1, 0, 0, one_in(2) ? set() : 0});
  }

  // Another process sends, to a program that computes, sleeps, waits or is stopped. Stops and SIGCONT come often, since their order counts.
  void from_outside(Script& script) {
    static constexpr int kJobControl[] = {18, 18, 18, 19, 20, 20, 21, 22};
    if (one_in(8)) return add(script, sleep());
    const bool hold = one_in(4);
    if (hold) add(script, {Kind::kSigprocmask, 0, 0, 0, 0, one_in(2) ? set() : whole_alphabet()});
    for (int i = one_in(3) ? 1 : 1 + below(8); i > 0; i--) {
      const int signo = one_in(4) ? kJobControl[below(8)] : signal();
      add(script, {Kind::kOtherSends, signo, 0, one_in(2) ? -1 : below(1000), 0, 0});
    }
    if (one_in(6)) add(script, {Kind::kWhenStopped, signal(), 0, 0, 0, 0});
    add(script, {Kind::kAtOnce, 0, 0, 0, 0, 0});
    if (hold && !one_in(4)) add(script, {Kind::kSigprocmask, 0, one_in(3) ? 2 : 1, 0, 0, one_in(2) ? set() : whole_alphabet()});
  }

  // What sends while a thread sleeps is another thread, if there is one.
  Op sleep() {
    if (has_threads_) return {one_in(2) ? Kind::kSigsuspend : Kind::kSigwaitinfo, 0, 0, 0, 0, set()};
    return {Kind::kSendWhile, one_in(3) ? 0 : signal(), below(5), signal(), 0, set()};
  }

  Op checkpoint() {
    Op op;
    op.kind = Kind::kCheckpoint;
    op.b = one_in(4) ? 0 : 1;
    return op;
  }

  Op op(bool in_handler) {
    Op op;
    if (!has_threads_ && one_in(10)) return posix_timer();
    switch (below(in_handler ? 37 : 30)) {
      case 0: case 1: {
        static constexpr int kBad[] = {0, -1, 65, 100, 32, 33, 9, 19};
        op = install(signal());
        if (one_in(12)) op.signo = kBad[below(8)];
        if (one_in(4)) op.a = one_in(3) ? kDefault : kIgnore;
        return op;
      }
      case 2:
        op = {Kind::kSigactionGet, one_in(10) ? 9 : signal(), 0, 0, 0, 0};
        if (one_in(20)) op.signo = one_in(2) ? 0 : 65;
        return op;
      case 3: case 4: case 5:
        if (one_in(has_threads_ ? 2 : 10)) return {Kind::kPthreadKill, signal_to_send(), receiver(), 0, 0, 0};
        op = {Kind::kRaise, signal_to_send(), 0, 0, 0, 0}; return op;
      case 6: case 7: case 8:
        op = {Kind::kKill, signal_to_send(), one_in(3) ? below(4) : static_cast<int>(kSelf), 0, 0, 0};
        return op;
      case 9: case 10: op = {Kind::kSigqueue, signal_to_send(), one_in(12) ? kNobody : kSelf, below(1000) - 100, 0, 0}; return op;
      case 11: op = {Kind::kPthreadSigqueue, signal_to_send(), receiver(), below(1000) - 100, 0, 0}; return op;
      case 12: case 13: case 14: case 15: case 16: op = {Kind::kSigprocmask, 0, how(), 0, 0, set()}; return op;
      case 17:
        // The watcher of a stopped program sends more than SIGCONT.
        if (!has_threads_ && one_in(2)) return {Kind::kWhenStopped, one_in(8) ? any_signal() : signal(), 0, 0, 0, 0};
        op = {Kind::kSigprocmaskGet, 0, how(), 0, 0, 0}; return op;
      case 18: op.kind = Kind::kSigpending; return op;
      case 19: case 20: op = {Kind::kSigsuspend, 0, 0, 0, 0, set()}; return op;
      case 21: case 22:
        op = {Kind::kSigtimedwait, 0, 0, 0, 0, set()};
        if (one_in(10)) op.c = 1000;
        if (one_in(20)) op.c = one_in(2) ? -1 : 1000000000;
        if (one_in(40)) op.b = -5;
        return op;
      case 23: op = {Kind::kSigwaitinfo, 0, 0, 0, 0, set()}; return op;
      case 24: {
        if (one_in(8)) return {Kind::kNanosleep, 0, 0, 1000, 0, 0};
        if (one_in(3)) return sleep();
        [[fallthrough]];
      }
      case 25: op = {Kind::kSetitimer, 0, timer(), microseconds(), interval(), 0}; return op;
      case 26: op = {Kind::kGetitimer, 0, timer(), 0, 0, 0}; return op;
      case 27: op = {Kind::kAlarm, 0, 0, one_in(3) ? 0 : one_in(20) ? 0x7fffffff : 100 + below(10000), 0, 0}; return op;
      case 28:
        // The other two count the time that the program runs, milliseconds on a real kernel.
        op = {Kind::kExpire, 0, !has_threads_ && one_in(200) ? 1 + below(2) : 0, one_in(2) ? 0 : 1000000000, 0, 0};
        return op;
      case 29: return one_in(has_checkpoint_ ? 2 : 8) ? checkpoint() : Op{Kind::kRaise, signal_to_send(), 0, 0, 0, 0};
      case 30: case 31: op = {Kind::kReturnMask, 0, below(3), 0, 0, set()}; return op;
      default:
        if (has_checkpoint_) {
          op = {Kind::kJump, 0, 0, below(3), 0, 0};
          return op;
        }
        op = {Kind::kKill, signal_to_send(), kSelf, 0, 0, 0};
        return op;
    }
  }
};

}  // namespace

Program generate(Mode mode, uint64_t seed, uint64_t index) { return Generator(mode, seed, index).program(); }

}  // namespace wasmsig::parity
