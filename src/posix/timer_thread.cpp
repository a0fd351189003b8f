// Timers that start threads: SIGEV_THREAD. As in the GNU C library, a thread of the library waits for the signals of all
// these timers, and for each it starts a thread that is detached, has the attributes that the program gave, blocks
// nothing, and calls the program's function. It is made for the first such timer, and stays.
#include "posix/timer_thread.hpp"

#if !defined(WSIG_SINGLE_THREAD)

#include <atomic>

namespace wasmsig::posix {

namespace {

constexpr int kTimerSignal = 32;  // of those that are the C library's, the one that musl uses for this

struct Notification {
  bool used;
  int id;
  void (*function)(union sigval);
  union sigval value;
  pthread_attr_t attributes;
};

// A thread's on its way. A slot is free again as soon as the thread runs, so as many are enough as there can be.
struct Start {
  std::atomic<bool> taken;
  void (*function)(union sigval);
  union sigval value;
};

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
constinit Notification notifications[process::kMaxPosixTimers] = {};  // guarded by it
constinit int32_t helper = 0;                                         // its number; guarded too
constinit Start starts[process::kMaxThreads] = {};

// No handler runs meanwhile, which could leave by a jump. What is started has all signals blocked.
class Locked {
 public:
  Locked() {
    const SignalSet all = SignalSet::all();
    process::set_mask(process::How::kSetMask, &all, &before_);
    pthread_mutex_lock(&mutex);
  }
  ~Locked() {
    pthread_mutex_unlock(&mutex);
    process::set_mask(process::How::kSetMask, &before_, nullptr);
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  SignalSet before_;
};

Notification* find(bool used, int id) {
  for (Notification& one : notifications) {
    if (one.used == used && (!used || one.id == id)) return &one;
  }
  return nullptr;
}

void* run(void* context) {
  Start& start = *static_cast<Start*>(context);
  void (*const function)(union sigval) = start.function;
  const union sigval value = start.value;
  start.taken.store(false, std::memory_order_release);  // pairs with the exchange of the next notify()
  const SignalSet none = {};
  process::set_mask(process::How::kSetMask, &none, nullptr);
  function(value);
  return nullptr;
}

// Where no thread can be made the notification is lost, as in the GNU C library.
void notify(int id) {
  const Locked locked;
  const Notification* const wanted = find(true, id);
  if (!wanted) return;
  for (Start& start : starts) {
    if (start.taken.exchange(true, std::memory_order_acquire)) continue;  // pairs with the release in run()
    start.function = wanted->function;
    start.value = wanted->value;
    pthread_t thread;
    if (pthread_create(&thread, &wanted->attributes, run, &start)) start.taken.store(false, std::memory_order_release);
    return;
  }
}

void* serve(void*) {
  for (;;) {
    process::SigInfo info;
    if (process::wait(SignalSet::of(kTimerSignal), &info, -1) == kTimerSignal) notify(info.pid);
  }
}

// Locked. False: it cannot be made.
bool start_helper() {
  if (helper) return true;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, serve, nullptr) == 0)
    helper = process::number_of_thread(reinterpret_cast<uintptr_t>((void*)thread));
  pthread_attr_destroy(&attributes);
  return helper != 0;
}

}  // namespace

int create_thread_timer(process::TimerClock clock, const struct sigevent& event) {
  const Locked locked;
  Notification* const free = find(false, 0);
  if (!free || !start_helper()) return -EAGAIN;
  const process::TimerEvent own = {process::TimerNotice::kThread, kTimerSignal, 0, helper};
  const int id = process::create_timer(clock, &own);
  if (id < 0) return id;
  free->used = true;
  free->id = id;
  free->function = event.sigev_notify_function;
  free->value = event.sigev_value;
  if (event.sigev_notify_attributes) {
    free->attributes = *event.sigev_notify_attributes;
  } else {
    pthread_attr_init(&free->attributes);
  }
  pthread_attr_setdetachstate(&free->attributes, PTHREAD_CREATE_DETACHED);
  return id;
}

void forget_thread_timer(int id) {
  const Locked locked;
  if (Notification* const one = find(true, id)) one->used = false;
}

}  // namespace wasmsig::posix

#endif
