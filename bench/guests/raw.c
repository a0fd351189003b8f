/*
 * The raw limits: answers every change of `question`, which it sees by spinning on it or by sleeping on it. No queue, no signals. -1 ends.
 * `sleep` and `watch`, which spins, note when they saw it, in nanoseconds of the clock, eight bytes behind the reply. `take` also takes what it sees, by an exchange with 0, as anything must that no two may see.
 */
static _Alignas(64) unsigned words[128];

__attribute__((import_module("wasi_snapshot_preview1"), import_name("clock_time_get"))) int clock_time_get(int clock, long long precision, long long *time);
enum { MONOTONIC = 1 };

__attribute__((export_name("question"))) unsigned *question(void) { return words; }
__attribute__((export_name("reply"))) unsigned *reply(void) { return words + 64; }

static int changed(unsigned last) { return __atomic_load_n(words, __ATOMIC_SEQ_CST) != last; }

static int answer(unsigned *last) {
  const unsigned now = __atomic_load_n(words, __ATOMIC_SEQ_CST);
  if (now == *last) return 1;
  *last = now;
  __atomic_store_n(words + 64, now, __ATOMIC_SEQ_CST);
  return now != ~0u;
}

__attribute__((export_name("spin"))) void spin(void) {
  for (unsigned last = 0; answer(&last);) {
  }
}

__attribute__((export_name("sleep"))) void sleep(void) {
  for (unsigned last = 0; answer(&last);) {
    __builtin_wasm_memory_atomic_wait32((int *)words, (int)last, -1);
    clock_time_get(MONOTONIC, 0, (long long *)(words + 66));
  }
}

__attribute__((export_name("watch"))) void watch(void) {
  for (unsigned last = 0; answer(&last);) {
    while (!changed(last)) {
    }
    clock_time_get(MONOTONIC, 0, (long long *)(words + 66));
  }
}

__attribute__((export_name("take"))) void take(void) {
  for (unsigned now = 0; now != ~0u;) {
    if (__atomic_load_n(words, __ATOMIC_SEQ_CST) == 0) continue;
    now = __atomic_exchange_n(words, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(words + 64, now, __ATOMIC_SEQ_CST);
  }
}
