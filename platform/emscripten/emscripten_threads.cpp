// A new thread starts with its creator's mask (POSIX, pthread_create). Emscripten's own pthread_create() knows of no masks; this one
// takes its place (there it is a weak name for __pthread_create).
#ifdef __EMSCRIPTEN_PTHREADS__

#include <errno.h>
#include <pthread.h>

#include <atomic>

#include "platform/host.h"
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
  uintptr_t expected;  // 0: nobody knows it yet
};

constinit Birth births[process::kMaxThreads] = {};

void* begin(void* context) {
  Birth& birth = *static_cast<Birth*>(context);
  void* (*const entry)(void*) = birth.entry;
  void* const argument = birth.argument;
  const uintptr_t expected = birth.expected;
  birth.taken.store(false, std::memory_order_release);  // pairs with the exchange of the next pthread_create()
  if (expected) process::thread_known(expected, wsig_host_thread());
  process::thread_enter({});
  return entry(argument);
}

}  // namespace

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*entry)(void*), void* argument) {
  for (Birth& birth : births) {
    if (birth.taken.exchange(true, std::memory_order_acquire)) continue;  // pairs with the release in begin()
    // With -sPROXY_TO_PTHREAD the thread that starts main() is none of the program's and blocks everything; nobody is there yet who could send to main's.
    const uintptr_t expected = wsig_js_is_runtime_only() ? 0 : process::thread_expect(process::mask());
    birth.entry = entry;
    birth.argument = argument;
    birth.expected = expected;
    const int error = __pthread_create(thread, attributes, begin, &birth);
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

#endif
