// The clocks that wasi-libc leaves out of <time.h>. What it has of each clock is the clock's number in WASI.
#include <wasi/api.h>

struct __clockid {
  __wasi_clockid_t number;
};

extern "C" {
extern const __clockid _CLOCK_PROCESS_CPUTIME_ID;
extern const __clockid _CLOCK_THREAD_CPUTIME_ID;
extern const __clockid __wsig_clock_boottime;
const __clockid _CLOCK_PROCESS_CPUTIME_ID = {__WASI_CLOCKID_PROCESS_CPUTIME_ID};
const __clockid _CLOCK_THREAD_CPUTIME_ID = {__WASI_CLOCKID_THREAD_CPUTIME_ID};
const __clockid __wsig_clock_boottime = {__WASI_CLOCKID_MONOTONIC};
}
