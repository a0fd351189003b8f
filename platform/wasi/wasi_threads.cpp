// What both WASI hosts share: threads, as the C library names them.
#include <pthread.h>

#include "platform/host.h"
#include "platform/thread_exit.hpp"
#include "process/process.hpp"

uintptr_t wsig_host_thread(void) { return reinterpret_cast<uintptr_t>((void*)pthread_self()); }

void wsig_host_thread_entered([[maybe_unused]] void* record) {
#ifdef _REENTRANT  // wasm32-wasip1-threads
  wasmsig::at_thread_exit<wasmsig::process::thread_leave>(record);
#endif
}
