/* The raw limits: answers every change of `question`, which it sees by spinning on it or by sleeping on it. No queue, no signals. -1 ends. */
static unsigned words[128];

__attribute__((export_name("question"))) unsigned *question(void) { return words; }
__attribute__((export_name("reply"))) unsigned *reply(void) { return words + 64; }

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
  for (unsigned last = 0; answer(&last);) __builtin_wasm_memory_atomic_wait32((int *)words, (int)last, -1);
}
