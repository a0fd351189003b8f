/* Three threads write 1,000 lines each to standard output, while a timer fires every 2 ms and its handler writes a line now and then. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks;

static void tick(int signo) {
  (void)signo;
  ticks = ticks + 1;
  if (ticks % 4 == 0) write(STDOUT_FILENO, "tick\n", 5);
}

static void *print(void *unused) {
  for (int i = 0; i < 1000; i++) write(STDOUT_FILENO, "line\n", 5);
  return unused;
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = tick;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  const struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &often, NULL);
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, print, NULL);
  print(NULL);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  while (ticks < 8) {
  }
  setitimer(ITIMER_REAL, &never, NULL);
  write(STDOUT_FILENO, "end\n", 4);
  return 0;
}
