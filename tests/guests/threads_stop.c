/* Three threads compute until SIGTERM, and then say how long each of them stood still at most, in milliseconds. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

static volatile sig_atomic_t ended;
static int running;

static void end(int signo) { ended = signo; }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void *compute(void *most) {
  double last = now();
  // Whoever is the last of them says it, and may be stopped while it does.
  if (__atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST) == 3) {
    puts("three threads compute");
    fflush(stdout);
  }
  // The clock is read after `ended`: a thread that continues late may find it set, and has to count its stop.
  for (int over = 0; !over;) {
    over = ended;
    const double time = now();
    if (time - last > *(double *)most) *(double *)most = time - last;
    last = time;
  }
  return NULL;
}

int main(void) {
  signal(SIGTERM, end);
  double most[3] = {0, 0, 0};
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, compute, &most[i]);
  compute(&most[2]);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  printf("%.0f %.0f %.0f\n", most[2], most[0], most[1]);
  return 0;
}
