#include "platform/fake/fake_host.hpp"

#include <errno.h>
#if defined(_WIN32)
struct pollfd {
  int fd;
  short events, revents;
};
#else
#include <poll.h>
#endif
#include <setjmp.h>
#include <string.h>

#include <stdlib.h>

#include <algorithm>
#include <utility>
#include <vector>

#if defined(WSIG_TEST_THREADS)
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#endif

#include "platform/host.h"
#include "platform/thread_exit.hpp"
#include "process/process.hpp"
#include "queue/queue.hpp"
#include "process/state.hpp"

namespace wasmsig::fake {

namespace {

struct Scheduled {
  int64_t at_ns;
  int signo;
};

constexpr int kFirstPidfd = 1 << 20;
constexpr int kMaxPidfds = 4;
constexpr int64_t kEpoch = 1700000000000000000;  // the real-time clock, when the others are at zero

struct Host {
  Mode mode = Mode::kScripted;
  int kind = WSIG_HOST_SHARED;
  int64_t now_ns = 0;
  int64_t set_by_ns = 0;  // by how much the real-time clock was changed
  int64_t running_ns = 0;
  int64_t requested_ns = -1;
  int stop_signal = 0;
  int stop_reports = 0;
  void (*on_stop)(int) = nullptr;
  void (*on_clock)() = nullptr;
  void (*on_wake)() = nullptr;
  void (*on_poll)() = nullptr;
  void (*on_sync)() = nullptr;
  int clock_of_interest = 0;
  bool refuses_to_block = false;
  int ready_fd = -1;
  short ready = 0;
  bool cancelable = true;
  int pidfds[kMaxPidfds] = {};  // whom they stand for; 0: closed
  Elsewhere elsewhere = {};
  std::vector<Scheduled> schedule;
  Outcome outcome;
};

// Where run() is left for, in the thread that calls it.
WSIG_THREAD_LOCAL jmp_buf* running = nullptr;

// Never destroyed: threads and static constructors may use it at any time.
Host& host() {
  static Host* const it = new Host;
  return *it;
}

// One address in each thread.
uintptr_t identity() {
  static WSIG_THREAD_LOCAL char here;
  return reinterpret_cast<uintptr_t>(&here);
}

// In turns the clock moves only for short sleeps, during which no other thread runs. What ends later never does.
constexpr int64_t kNeverComes = 60000000000;

[[noreturn]] void leave() {
  if (!running) abort();  // the process died outside run()
  longjmp(*running, 1);
}

void end_turns();

[[noreturn]] void leave(Outcome outcome) {
  host().outcome = outcome;
  if (host().mode == Mode::kInTurns) end_turns();
  leave();
}

void ring(uint32_t bits) {
  if (queue::ring(queue::block, bits)) wsig_host_wake();
}

void move_clock_to(int64_t ns) {
  Host& h = host();
  h.now_ns = std::max(h.now_ns, ns);
  if (h.requested_ns >= 0 && h.requested_ns <= h.now_ns) {
    h.requested_ns = -1;
    ring(queue::kRingTimer);
  }
}

}  // namespace

void reset(Mode mode, int kind) {
  process::reset();
  host() = Host{};
  host().mode = mode;
  host().kind = kind;
  process::start();
}

Outcome run(void (*program)(void*), void* context) {
  jmp_buf here;
  running = &here;
  host().outcome = {};
  if (setjmp(here) == 0) program(context);
  running = nullptr;
  return host().outcome;
}

int send(int signo, int32_t value, bool queued, int pid) {
  uint32_t bits;
  const int error =
      queue::send(queue::block, {signo, queued ? queue::kCodeQueue : queue::kCodeUser, pid, value}, &bits);
  if (error == 0) ring(bits);
  return error;
}

void schedule(int64_t at_ns, int signo) {
  auto& list = host().schedule;
  list.push_back({at_ns, signo});
  std::stable_sort(list.begin(), list.end(), [](auto& a, auto& b) { return a.at_ns < b.at_ns; });
}

void unschedule() { host().schedule.clear(); }

void advance(int64_t ns) { move_clock_to(host().now_ns + ns); }

void advance_running(int64_t ns) {
  host().running_ns += ns;
  advance(ns);
}

void set_real_time(int64_t by_ns) { host().set_by_ns += by_ns; }

int stop_signal() { return host().stop_signal; }
int stop_reports() { return host().stop_reports; }
void on_stop(void (*callback)(int)) { host().on_stop = callback; }
void on_clock(int clock, void (*callback)()) {
  host().clock_of_interest = clock;
  host().on_clock = callback;
}
void on_wake(void (*callback)()) { host().on_wake = callback; }
int64_t requested_ns() { return host().requested_ns; }
Elsewhere sent_elsewhere() { return host().elsewhere; }
void close_pidfd(int fd) { host().pidfds[fd - kFirstPidfd] = 0; }
void on_poll(void (*callback)()) { host().on_poll = callback; }

void on_sync(void (*callback)()) { host().on_sync = callback; }
void make_ready(int fd, short events) {
  host().ready_fd = fd;
  host().ready = events;
}
void refuse_to_block(bool refuse) { host().refuses_to_block = refuse; }
void refuse_to_cancel(bool refuse) { host().cancelable = !refuse; }
void hide_running_clock() { host().running_ns = -1; }

}  // namespace wasmsig::fake

using namespace wasmsig;
using fake::host;

int wsig_host_attach(uint32_t, uint32_t*) {
  queue::initialise(queue::block, 42, 1);
  return host().kind;
}

uint32_t wsig_host_sync(void) {
  if (host().on_sync) host().on_sync();
  return 0;
}

#if defined(WSIG_TEST_THREADS)

static std::mutex sleepers_mutex;
static std::condition_variable sleepers;

static int wait_threaded(uint32_t ring, int64_t timeout_ns) {
  std::unique_lock lock(sleepers_mutex);
  const auto rung = [&] { return queue::block.ring.load() != ring; };
  if (timeout_ns < 0) {
    sleepers.wait(lock, rung);
    return WSIG_HOST_WOKEN;
  }
  return sleepers.wait_for(lock, std::chrono::nanoseconds(timeout_ns), rung) ? WSIG_HOST_WOKEN : WSIG_HOST_TIMED_OUT;
}

void wsig_host_wake(void) {
  // Under the mutex, so that a sleeper is either before its check of the ring word or already waiting.
  {
    std::lock_guard lock(sleepers_mutex);
  }
  sleepers.notify_all();
  if (fake::host().on_wake) fake::host().on_wake();
}

void wsig_host_thread_entered([[maybe_unused]] void* record) {
#if !defined(WSIG_SINGLE_THREAD)
  at_thread_exit<process::thread_leave>(record);
#endif
}

namespace wasmsig::fake {

namespace {

constexpr int kMaxInTurns = 8;

// Guarded by sleepers_mutex. `sleepers` tells those that wait, `arrived` who waits for them to wait.
std::condition_variable arrived;

struct Turns {
  int count = 1;  // threads, with that of run()
  int turn = 0;
  bool over = false;
  bool waits[kMaxInTurns] = {};
  bool asleep[kMaxInTurns] = {};
  bool ended[kMaxInTurns] = {};
  uint32_t ring[kMaxInTurns] = {};  // while it waits: the ring word that it has seen
  uintptr_t ids[kMaxInTurns] = {};
  std::thread threads[kMaxInTurns];
};

Turns& turns() {
  static Turns* const it = new Turns;
  return *it;
}

WSIG_THREAD_LOCAL int my_index = 0;

uint32_t present_ring() { return queue::block.ring.load(); }

// Nobody goes on, by a ring or because it is its turn: a real process would sleep for ever.
bool all_sleep(const Turns& all) {
  for (int index = 0; index < all.count; index++) {
    if (all.ended[index]) continue;
    if (!all.waits[index] || all.ring[index] != present_ring() || (!all.asleep[index] && all.turn == index))
      return false;
  }
  return true;
}

// Whether somebody waits who has been rung, and goes on. Who waits for its turn is not counted as a sleeper, and so not
// woken by what rings.
bool wake_rung(const Turns& all, int except) {
  for (int index = 0; index < all.count; index++) {
    if (index == except || all.ended[index] || !all.waits[index] || all.ring[index] == present_ring()) continue;
    sleepers.notify_all();
    return true;
  }
  return false;
}

// Waits until something rings, or `ready`. Leaves if all is over. `asleep`: in a call, not for its turn.
template <class Ready>
void wait_for_ring(uint32_t ring, bool asleep, Ready ready) {
  bool over, stuck;
  {
    std::unique_lock lock(sleepers_mutex);
    Turns& all = turns();
    all.waits[my_index] = true;
    all.asleep[my_index] = asleep;
    all.ring[my_index] = ring;
    arrived.notify_all();
    stuck = all_sleep(all);
    wake_rung(all, my_index);
    if (!stuck) sleepers.wait(lock, [&] { return all.over || ready() || present_ring() != ring; });
    all.waits[my_index] = false;
    over = all.over;
  }
  if (over) leave();
  if (stuck) leave({Outcome::kStuck, 0, false});
}

int wait_in_turns(uint32_t ring) {
  wait_for_ring(ring, true, [] { return false; });
  return WSIG_HOST_WOKEN;
}

void end_turns() {
  std::lock_guard lock(sleepers_mutex);
  turns().over = true;
  sleepers.notify_all();
  arrived.notify_all();
}

}  // namespace

void start_thread(int index, void (*program)(int index)) {
  {
    std::lock_guard lock(sleepers_mutex);
    Turns& all = turns();
    all.ids[0] = identity();
    all.count = index + 1;
    all.over = false;
    all.turn = 0;
    all.waits[index] = all.ended[index] = all.ended[0] = false;
  }
  turns().threads[index] = std::thread([index, program] {
    my_index = index;
    jmp_buf here;
    running = &here;
    if (setjmp(here) == 0) {
      process::thread_enter({});
      turns().ids[index] = identity();
      program(index);
    }
    std::lock_guard lock(sleepers_mutex);
    turns().ended[index] = true;
    arrived.notify_all();
  });
  settle();
}

uintptr_t thread_id(int index) { return turns().ids[index]; }

void join_threads() {
  Turns& all = turns();
  {
    std::lock_guard lock(sleepers_mutex);
    all.ended[0] = true;
    arrived.notify_all();
  }
  for (int index = 1; index < all.count; index++) all.threads[index].join();
  all.count = 1;
}

// A loop with a safe point checks when the doorbell is not the value that this thread ignores.
void wait_for_turn(int index) {
  uint32_t ignored = 0;
  for (;;) {
    const uint32_t ring = present_ring();
    if (queue::block.doorbell.load() != ignored) ignored = static_cast<uint32_t>(process::safe_point());
    {
      std::lock_guard lock(sleepers_mutex);
      if (turns().turn == index) return;
    }
    wait_for_ring(ring, false, [index] { return turns().turn == index; });
  }
}

void give_turn(int index) {
  std::lock_guard lock(sleepers_mutex);
  turns().turn = index;
  sleepers.notify_all();
}

void settle() {
  bool over;
  {
    std::unique_lock lock(sleepers_mutex);
    Turns& all = turns();
    arrived.wait(lock, [&] {
      bool still = true;
      for (int index = 0; index < all.count; index++)
        still = still && (index == my_index || all.ended[index] || all.waits[index]);
      const bool rung = wake_rung(all, my_index);
      return all.over || (still && !rung);
    });
    over = all.over;
  }
  if (over) leave();
}

void end_threads() {
  end_turns();
  leave();
}

}  // namespace wasmsig::fake

static int64_t real_clock(int clock) {
  if (clock == WSIG_HOST_CLOCK_RUNNING || clock == WSIG_HOST_CLOCK_SYSTEM) return -1;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

#else

static int wait_threaded(uint32_t, int64_t) { return WSIG_HOST_MAY_NOT_BLOCK; }
namespace wasmsig::fake {
namespace {
int wait_in_turns(uint32_t) { return WSIG_HOST_MAY_NOT_BLOCK; }
void end_turns() {}
}  // namespace

// This target has no threads, so there are no turns either.
void start_thread(int, void (*)(int)) { abort(); }
uintptr_t thread_id(int) { abort(); }
void join_threads() { abort(); }
void wait_for_turn(int) { abort(); }
void give_turn(int) { abort(); }
void settle() { abort(); }
void end_threads() { abort(); }
}  // namespace wasmsig::fake
void wsig_host_wake(void) {}
void wsig_host_thread_entered(void*) {}
static int64_t real_clock(int) { return -1; }

#endif

int wsig_host_wait(uint32_t ring, int64_t timeout_ns) {
  fake::Host& h = host();
  if (h.refuses_to_block) return WSIG_HOST_MAY_NOT_BLOCK;
  if (h.mode == fake::Mode::kThreaded) return wait_threaded(ring, timeout_ns);
  if (h.mode == fake::Mode::kInTurns && (timeout_ns < 0 || timeout_ns > fake::kNeverComes))
    return fake::wait_in_turns(ring);
  if (queue::block.ring.load() != ring) return WSIG_HOST_WOKEN;
  const int64_t until = timeout_ns < 0 ? INT64_MAX : h.now_ns + timeout_ns;
  if (!h.schedule.empty() && h.schedule.front().at_ns <= until) {
    const fake::Scheduled next = h.schedule.front();
    h.schedule.erase(h.schedule.begin());
    fake::move_clock_to(next.at_ns);
    fake::send(next.signo);
    return WSIG_HOST_WOKEN;
  }
  if (timeout_ns < 0) fake::leave({fake::Outcome::kStuck, 0, false});
  fake::move_clock_to(until);
  return WSIG_HOST_TIMED_OUT;
}

// No descriptor is ready but the one of make_ready().
static int check_ready(struct pollfd* fds, unsigned count) {
  int ready = 0;
  for (unsigned i = 0; i < count; i++) {
    fds[i].revents = fds[i].fd == host().ready_fd ? static_cast<short>(fds[i].events & host().ready) : 0;
    ready += fds[i].revents != 0;
  }
  return ready;
}

int wsig_host_poll(struct pollfd* fds, unsigned count, uint32_t ring, int64_t timeout_ns) {
  if (host().on_poll) std::exchange(host().on_poll, nullptr)();
  const int ready = check_ready(fds, count);
  if (ready > 0 || timeout_ns == 0) return ready;
  return wsig_host_wait(ring, timeout_ns) == WSIG_HOST_MAY_NOT_BLOCK ? -EDEADLK : check_ready(fds, count);
}

int64_t wsig_host_clock(int clock) {
  fake::Host& h = host();
  if (h.mode != fake::Mode::kThreaded) {
    if (h.on_clock && clock == h.clock_of_interest) std::exchange(h.on_clock, nullptr)();
    switch (clock) {
      case WSIG_HOST_CLOCK_SYSTEM: return -1;
      case WSIG_HOST_CLOCK_RUNNING: return h.running_ns;
      case WSIG_HOST_CLOCK_REALTIME: return fake::kEpoch + h.now_ns + h.set_by_ns;
      default: return h.now_ns;
    }
  }
  return real_clock(clock);
}

void wsig_host_arm(int64_t delay_ns) {
  fake::Host& h = host();
  if (h.mode == fake::Mode::kThreaded) return;  // nothing rings: sleepers and checks use the clock
  h.requested_ns = delay_ns < 0 ? -1 : h.now_ns + delay_ns;
}

void wsig_host_exit(int signo, int core) { fake::leave({fake::Outcome::kKilled, signo, core != 0}); }

void wsig_host_stop(int signo) {
  host().stop_signal = signo;
  host().stop_reports++;
  if (host().on_stop) host().on_stop(signo);
}

int wsig_host_send(int pid, int signo, int code, int32_t value) {
  fake::Elsewhere& last = host().elsewhere;
  if (pid != 9) return WSIG_LINUX_ESRCH;
  last = {pid, signo, code, value, last.count + 1};
  return 0;
}

int wsig_host_pidfd_open(int pid, int) {
  if (pid != 42 && pid != 9) return -WSIG_LINUX_ESRCH;
  for (int& slot : host().pidfds) {
    if (slot) continue;
    slot = pid;
    return fake::kFirstPidfd + static_cast<int>(&slot - host().pidfds);
  }
  return -WSIG_LINUX_EMFILE;
}

int wsig_host_pidfd_pid(int fd) {
  const int index = fd - fake::kFirstPidfd;
  return index >= 0 && index < fake::kMaxPidfds && host().pidfds[index] ? host().pidfds[index] : -WSIG_LINUX_EBADF;
}

#if !defined(WSIG_SINGLE_THREAD)
int wsig_host_may_check(void) { return 1; }
int wsig_host_cancelable(void) { return host().cancelable; }
void wsig_host_cancel(uintptr_t) {}
#endif

uintptr_t wsig_host_thread(void) {
  if (host().mode == fake::Mode::kScripted) return 1;
  return fake::identity();
}
