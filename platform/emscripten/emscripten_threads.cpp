// A new thread starts with its creator's mask (POSIX, pthread_create). Emscripten's own pthread_create() knows of no
// masks; this one takes its place (there it is a weak name for __pthread_create), and so does thrd_create(), which
// would call that.
#ifdef __EMSCRIPTEN_PTHREADS__

#include <emscripten/proxying.h>
#include <emscripten/threading.h>
#include <errno.h>
#include <pthread.h>
#include <threads.h>

#include <atomic>

#include "platform/host.h"
#include "process/process.hpp"

extern "C" {
int __pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*entry)(void*), void* argument);
int wsig_js_is_runtime_only(void);
void* wsig_js_run(void* (*entry)(void*), void* argument, int hosted);
int wsig_hold(void);
void wsig_release(int held);
}

using namespace wasmsig;

namespace {

// What a thread is given on its way. A slot is free again as soon as the thread runs, so as many are enough as may
// start at once.
struct Birth {
  std::atomic<bool> taken;
  void* (*entry)(void*);
  void* argument;
  uintptr_t expected;  // 0: nobody knows it yet
};

constinit Birth births[process::kMaxThreads] = {};

// The first call that the main thread is to perform allocates its queue. A handler may make that call, and may stand in
// the middle of malloc(), which holds a lock: so the first thread of the program has the queue made before it checks.
void make_queue_of_main_thread() {
  static std::atomic<bool> made{false};
  if (!made.exchange(true))
    emscripten_proxy_async(
        emscripten_proxy_get_system_queue(), emscripten_main_runtime_thread_id(), [](void*) {}, nullptr);
}

void* begin(void* context) {
  Birth& birth = *static_cast<Birth*>(context);
  void* (*const entry)(void*) = birth.entry;
  void* const argument = birth.argument;
  const uintptr_t expected = birth.expected;
  birth.taken.store(false, std::memory_order_release);  // pairs with the exchange of the next pthread_create()
  if (expected) process::thread_known(expected, wsig_host_thread());
  make_queue_of_main_thread();
  process::thread_enter({});
  process::deliver();  // what it was sent, and what it met before it could check
  // By JavaScript, as Emscripten calls it: from there a function may be called that takes or returns something else.
  return wsig_js_run(entry, argument, process::has_host());
}

}  // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*entry)(void*),
                              void* argument) {
  for (Birth& birth : births) {
    if (birth.taken.exchange(true, std::memory_order_acquire)) continue;  // pairs with the release in begin()
    // With -sPROXY_TO_PTHREAD the thread that starts main() is none of the program's and blocks everything; nobody is
    // there yet who could send to main's.
    const uintptr_t expected = wsig_js_is_runtime_only() ? 0 : process::thread_expect(process::mask());
    birth.entry = entry;
    birth.argument = argument;
    birth.expected = expected;
    const int held = wsig_hold();
    const int error = __pthread_create(thread, attributes, begin, &birth);
    wsig_release(held);
    if (!error) {
      if (expected) process::thread_known(expected, reinterpret_cast<uintptr_t>((void*)*thread));
      return 0;
    }
    if (expected) process::thread_forget(expected);
    birth.taken.store(false, std::memory_order_release);
    return error;
  }
  return EAGAIN;
}

extern "C" int thrd_create(thrd_t* thread, thrd_start_t entry, void* argument) {
  switch (pthread_create(thread, nullptr, reinterpret_cast<void* (*)(void*)>(reinterpret_cast<uintptr_t>(entry)),
                         argument)) {
    case 0: return thrd_success;
    case EAGAIN: return thrd_nomem;
    default: return thrd_error;
  }
}

#endif
