// The end of a thread, by a key of the C library: how hosts do what wsig_host_thread_entered() asks.
#pragma once

#include <pthread.h>

namespace wasmsig {

// Has `leave(record)` called when the calling thread ends. A key, and no thread_local with a destructor: in MinGW those
// are freed before that is called.
template <void (*leave)(void*)>
void at_thread_exit(void* record) {
  static pthread_key_t key;
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, [] { pthread_key_create(&key, leave); });
  pthread_setspecific(key, record);
}

}  // namespace wasmsig
