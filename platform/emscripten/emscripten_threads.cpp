// A new thread starts with its creator's mask (POSIX, pthread_create). Emscripten's own pthread_create() knows of no masks; this one
// takes its place (there it is a weak name for __pthread_create).
#ifdef __EMSCRIPTEN_PTHREADS__

#include <errno.h>
#include <pthread.h>

#include <atomic>

#include "process/process.hpp"

extern "C" {
int __pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*entry)(void*), void* argument);
int wsig_js_is_runtime_only(void);
}

using namespace wasmsig;

namespace {

// What a thread is given on its way. A slot is free again as soon as the thread runs, so as many are enough as may start at once.
struct Birth {
  std::atomic<bool> taken;
  void* (*entry)(void*);
  void* argument;
  SignalSet mask;
};

constinit Birth births[process::kMaxThreads] = {};

void* begin(void* context) {
  Birth& birth = *static_cast<Birth*>(context);
  void* (*const entry)(void*) = birth.entry;
  void* const argument = birth.argument;
  const SignalSet mask = birth.mask;
  birth.taken.store(false, std::memory_order_release);  // pairs with the exchange of the next pthread_create()
  process::thread_enter(mask);
  return entry(argument);
}

}  // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*entry)(void*), void* argument) {
  for (Birth& birth : births) {
    if (birth.taken.exchange(true, std::memory_order_acquire)) continue;  // pairs with the release in begin()
    birth.entry = entry;
    birth.argument = argument;
    // With -sPROXY_TO_PTHREAD the thread that starts main() is none of the program's and blocks everything.
    birth.mask = wsig_js_is_runtime_only() ? SignalSet{} : process::mask();
    const int error = __pthread_create(thread, attributes, begin, &birth);
    if (error) birth.taken.store(false, std::memory_order_release);
    return error;
  }
  return EAGAIN;
}

#endif
