// The waiting part of a read of standard input by another thread than the main one (library_wasmsig.js). In a file of its own, as programs that read nothing need no poll().
#ifdef __EMSCRIPTEN_PTHREADS__

#include <errno.h>
#include <poll.h>
#include <pthread.h>

#include "process/process.hpp"

using namespace wasmsig;

extern "C" {

// From here on handlers interrupt the read.
void wsig_begin_read(void) { process::interruption(); }

// 0, or the error number with which the read fails.
int wsig_wait_for_input(int fd) {
  struct pollfd input = {fd, POLLIN, 0};
  while (process::interruption() != process::kInterrupts) {
    const int ready = process::poll(&input, 1, nullptr, -1, nullptr);
    if (ready == -ECANCELED) {
      pthread_testcancel();
      return EINTR;  // a signal number of the C library was sent, and nobody cancelled
    }
    if (ready != -EINTR) return ready < 0 ? -ready : 0;
  }
  return EINTR;
}

}  // extern "C"

#endif
