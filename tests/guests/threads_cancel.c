/*
 * pthread_cancel() of a thread that waits, in each of the calls that POSIX names as cancellation points and that are the library's; and of one that has cancellation
 * disabled, which goes on. A handler that was installed stays what it is.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

static volatile int waiting;
static volatile sig_atomic_t handled, cleaned;
static sigset_t usr1;
static const struct timespec hour = {3600, 0};
static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static void handle(int signo) { handled = handled + 1; (void)signo; }
static void clean(void *unused) { cleaned = cleaned + 1; (void)unused; }

static void in_sleep(void) { sleep(3600); }
static void in_usleep(void) { for (;;) usleep(900000); }
static void in_nanosleep(void) { nanosleep(&hour, NULL); }
static void in_clock_nanosleep(void) { clock_nanosleep(CLOCK_MONOTONIC, 0, &hour, NULL); }
static void in_pause(void) { pause(); }
static void in_sigsuspend(void) { sigsuspend(&usr1); }
static void in_sigwait(void) { int signo; sigwait(&usr1, &signo); }
static void in_sigwaitinfo(void) { sigwaitinfo(&usr1, NULL); }
static void in_sigtimedwait(void) { sigtimedwait(&usr1, NULL, &hour); }
static void in_poll(void) { poll(NULL, 0, -1); }
static void in_ppoll(void) { ppoll(NULL, 0, &hour, &usr1); }
static void in_select(void) { select(0, NULL, NULL, NULL, NULL); }
static void in_pselect(void) { pselect(0, NULL, NULL, NULL, NULL, &usr1); }
static void in_sem_wait(void) { sem_wait(&semaphore); }
static void in_cond_wait(void) { pthread_mutex_lock(&mutex); for (;;) pthread_cond_wait(&condition, &mutex); }
static void in_testcancel(void) { for (;;) { pthread_testcancel(); sched_yield(); } }
static void in_nothing(void) {
  int before;
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
  usleep(50000);
}

static const struct { const char *name; void (*wait)(void); } calls[] = {
  {"sleep", in_sleep}, {"usleep", in_usleep}, {"nanosleep", in_nanosleep}, {"clock_nanosleep", in_clock_nanosleep}, {"pause", in_pause}, {"sigsuspend", in_sigsuspend},
  {"poll", in_poll}, {"ppoll", in_ppoll}, {"select", in_select}, {"pselect", in_pselect},
  {"sigwait", in_sigwait}, {"sigwaitinfo", in_sigwaitinfo}, {"sigtimedwait", in_sigtimedwait}, {"sem_wait", in_sem_wait}, {"pthread_cond_wait", in_cond_wait},
  {"pthread_testcancel", in_testcancel}, {"usleep while disabled", in_nothing},
};

static void *run(void *wait) {
  pthread_cleanup_push(clean, NULL);
  waiting = 1;
  ((void (*)(void))wait)();
  pthread_cleanup_pop(0);
  return NULL;
}

int main(void) {
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sem_init(&semaphore, 0, 0);
  signal(SIGUSR2, handle);
  for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
    for (int late = 0; late < 2; late++) {  // as soon as it has started, and when it is asleep
      pthread_t thread;
      void *result;
      waiting = cleaned = 0;
      if (pthread_create(&thread, NULL, run, (void *)calls[i].wait)) return 2;
      while (!waiting) sched_yield();
      if (late) usleep(20000);
      if (pthread_cancel(thread) || pthread_join(thread, &result)) return 3;
      printf("%s: %s, cleaned %d\n", calls[i].name, result == PTHREAD_CANCELED ? "cancelled" : "ended", (int)cleaned);
      pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
      mutex = fresh;
    }
  }
  fflush(stdout);
  raise(SIGUSR2);
  printf("handled %d, pthread_kill(32) %s\n", (int)handled, pthread_kill(pthread_self(), 32) == EINVAL ? "EINVAL" : "taken");
  return 0;
}
