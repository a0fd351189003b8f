/*
 * Seam 2: what the emulated process (src/process/) needs of the outside.
 *
 * Implemented once per host: wasi/wasi_host.cpp, wasi/wasi_alone_host.cpp, emscripten/emscripten_host.cpp,
 * fake/fake_host.cpp. What every implementer may assume:
 *
 *  - Functions are called from the thread that runs guest code, never from a real asynchronous signal handler.
 *  - None may call back into src/process/, except wsig_host_wait() and wsig_host_sync(), during which the host may store
 *    into the control block (host-abi.md) and ring it.
 *  - None allocates, throws, or keeps a pointer after it returned, except the control block of wsig_host_attach().
 *  - Times are nanoseconds.
 *
 * docs/host-abi.md describes the same functions as wasm imports.
 *
 * Why: docs/rationale.md#why-are-there-two-seams
 */
#ifndef WASMSIG_PLATFORM_HOST_H
#define WASMSIG_PLATFORM_HOST_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  WSIG_HOST_SYNCED = 0, /* the queue is the host's: ask with wsig_host_sync() */
  WSIG_HOST_SHARED = 1, /* senders write into the block directly */
  WSIG_HOST_ALONE = 2,  /* nobody will ever send: no host, only this process and its clocks */
};

enum {
  WSIG_HOST_WOKEN = 0,
  WSIG_HOST_TIMED_OUT = 1,
  WSIG_HOST_MAY_NOT_BLOCK = 2, /* a browser's main thread */
};

enum {
  /* The first three as WASI numbers its clocks. */
  WSIG_HOST_CLOCK_REALTIME = 0,
  WSIG_HOST_CLOCK_MONOTONIC = 1,
  WSIG_HOST_CLOCK_RUNNING = 3, /* processor time of the calling thread; -1 where the host has no such clock */
  WSIG_HOST_CLOCK_SYSTEM = 4,  /* of that, the part the system spent for it; -1 where unknown */
};

/* Error numbers of wsig_host_send() and of the functions for descriptors of processes: Linux's, since those of C libraries
 * differ. */
enum {
  WSIG_LINUX_EPERM = 1,
  WSIG_LINUX_ESRCH = 3,
  WSIG_LINUX_EBADF = 9,
  WSIG_LINUX_EAGAIN = 11,
  WSIG_LINUX_EINVAL = 22,
  WSIG_LINUX_EMFILE = 24,
  WSIG_LINUX_ENOSYS = 38,
};

/* Once, before anything else. `block` is the control block of kBlockWords words (src/queue/block.hpp), which the host initialises. */
int wsig_host_attach(uint32_t version, uint32_t* block);

/* Synced mode: moves what was sent into the block. Returns the doorbell bits that were moved. Other modes: returns 0. */
uint32_t wsig_host_sync(void);

/* Sleeps until the block's `ring` word is not `ring` any more, or the time is over (negative: no limit). May return early. */
int wsig_host_wait(uint32_t ring, int64_t timeout_ns);

struct pollfd; /* the C library's */

/* Fills in `revents` of all entries, as poll(2) does: an entry with a negative descriptor is passed over, one that is not open is POLLNVAL. If none is ready it sleeps
 * until one is, and otherwise as wsig_host_wait(), whose result it also has early; a host that calls wasmsig_deliver() meanwhile returns when that says so. How many entries have
 * something in `revents`, or a negative errno number: this host may not block here, or cannot wait for such descriptors. */
int wsig_host_poll(struct pollfd* fds, unsigned count, uint32_t ring, int64_t timeout_ns);

/* Wakes sleepers of this process (other threads) after `ring` was changed. Called only if `waiters` is not 0. */
void wsig_host_wake(void);

int64_t wsig_host_clock(int clock);

/* Requests a ring (doorbell bit 2) no later than this from now; replaces the last request; negative: none. */
void wsig_host_arm(int64_t delay_ns);

/* The process is killed by this signal. Reports it; the caller then traps. */
void wsig_host_exit(int signo, int core);

/* The process was stopped by this signal (0: continues). Only a report. */
void wsig_host_stop(int signo);

/* Sends to another process; 0 or a positive error number: EPERM, ESRCH, EAGAIN, EINVAL. `code`: InfoCode of src/queue/block.hpp. */
int wsig_host_send(int pid, int signo, int code, int32_t value);

/* A new descriptor for this process, or for one that it may send to, as pidfd_open(2). `nonblocking`: O_NONBLOCK is set. Closed and copied like the C
 * library's other descriptors. A negative error number: ESRCH, EMFILE, or ENOSYS: this host has no such descriptors. */
int wsig_host_pidfd_open(int pid, int nonblocking);

/* The process that a descriptor stands for, whether or not it has ended; -EBADF: it is none of wsig_host_pidfd_open(), or closed. */
int wsig_host_pidfd_pid(int fd);

/* An identity of the calling thread, as pthread_self() gives it; 1 where there are no threads; 0: this thread is none of the program's, it only serves others. */
uintptr_t wsig_host_thread(void);

/* The calling thread's record was chosen: arrange that process::thread_leave(record) is called when this thread ends. */
void wsig_host_thread_entered(void* record);

/* Hosts with threads only. */

/* Whether the calling thread may check for signals. Not before wsig_host_thread_entered(), nor after thread_leave(): code that starts and ends threads may be
 * instrumented, and runs without thread-local storage. Nor in code of the host that must not be interrupted. */
int wsig_host_may_check(void);

/* Whether the calling thread may be cancelled now (pthread_setcancelstate). */
int wsig_host_cancelable(void);

/* A thread was cancelled (pthread_cancel): have it find out if it is idle, in the host's event loop. */
void wsig_host_cancel(uintptr_t thread);

#ifdef __cplusplus
}
#endif
#endif
