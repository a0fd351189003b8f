/*
 * A thread waits in each of the calls of the threads library, and is sent a signal meanwhile: its handler runs before the wait is over. Of these calls only those of
 * semaphores end by a handler, and sem_wait() not by one with SA_RESTART. Last, main locks a mutex twice, and an alarm at its default action ends the program.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_once_t once;
static pthread_barrier_t barrier;
static sem_t semaphore;
static pthread_t sleeper, waiter;
static volatile int waits, go_on, done;
static volatile sig_atomic_t handled;

static void handle(int signo) {
  (void)signo;
  if (pthread_equal(pthread_self(), waiter)) handled = handled + 1;
}

static const struct timespec *in_a_minute(void) {
  static struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_sec += 60;
  return &time;
}

static int result_of(int result) { return result < 0 ? errno : result; }

static void *until_it_may_go_on(void *unused) {
  while (!go_on) usleep(1000);
  return unused;
}
static void begin_once(void) { until_it_may_go_on(NULL); }
static void *call_once_slowly(void *unused) { return pthread_once(&once, begin_once), unused; }

static int then_unlock_mutex(int result) { return result ? result : pthread_mutex_unlock(&mutex); }
static int then_unlock(int result) { return result ? result : pthread_rwlock_unlock(&lock); }

static int in_mutex_lock(void) { return then_unlock_mutex(pthread_mutex_lock(&mutex)); }
static int in_mutex_timedlock(void) { return then_unlock_mutex(pthread_mutex_timedlock(&mutex, in_a_minute())); }
static int in_rdlock(void) { return then_unlock(pthread_rwlock_rdlock(&lock)); }
static int in_wrlock(void) { return then_unlock(pthread_rwlock_wrlock(&lock)); }
static int in_timedrdlock(void) { return then_unlock(pthread_rwlock_timedrdlock(&lock, in_a_minute())); }
static int in_timedwrlock(void) { return then_unlock(pthread_rwlock_timedwrlock(&lock, in_a_minute())); }
static int in_barrier(void) { return pthread_barrier_wait(&barrier) > 0; }
static int in_cond(int timed) {
  int result = 0;
  pthread_mutex_lock(&mutex);
  waits = 1;
  while (!go_on && result == 0) result = timed ? pthread_cond_timedwait(&condition, &mutex, in_a_minute()) : pthread_cond_wait(&condition, &mutex);
  return then_unlock_mutex(result);
}
static int in_cond_wait(void) { return in_cond(0); }
static int in_cond_timedwait(void) { return in_cond(1); }
static int in_join(void) { return pthread_join(sleeper, NULL); }
static int in_once(void) { return pthread_once(&once, begin_once); }
static int in_sem_wait(void) { return result_of(sem_wait(&semaphore)); }
static int in_sem_timedwait(void) { return result_of(sem_timedwait(&semaphore, in_a_minute())); }

static const struct { const char *name; int (*wait)(void); int flags, ends; } calls[] = {
  {"mutex_lock", in_mutex_lock, 0, 0}, {"mutex_timedlock", in_mutex_timedlock, 0, 0}, {"rdlock", in_rdlock, 0, 0}, {"wrlock", in_wrlock, 0, 0},
  {"timedrdlock", in_timedrdlock, 0, 0}, {"timedwrlock", in_timedwrlock, 0, 0}, {"barrier_wait", in_barrier, 0, 0}, {"cond_wait", in_cond_wait, 0, 0},
  {"cond_timedwait", in_cond_timedwait, 0, 0}, {"join", in_join, 0, 0}, {"once", in_once, 0, 0}, {"sem_wait", in_sem_wait, 0, 1}, {"sem_timedwait", in_sem_timedwait, 0, 1},
  {"sem_wait, SA_RESTART", in_sem_wait, SA_RESTART, 0}, {"sem_timedwait, SA_RESTART", in_sem_timedwait, SA_RESTART, 1},
};

static int result;
static void *run(void *index) {
  const int i = *(int *)index;
  waiter = pthread_self();
  waits = calls[i].wait != in_cond_wait && calls[i].wait != in_cond_timedwait;
  result = calls[i].wait();
  done = 1;
  return NULL;
}

// It is sent more than one, since it may get the first before it waits: what ends by a handler ends by one of them, what goes on does so after some.
static void try_call(int i) {
  const int cond = calls[i].wait == in_cond_wait || calls[i].wait == in_cond_timedwait;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handle;
  action.sa_flags = calls[i].flags;
  sigaction(SIGUSR1, &action, NULL);
  const pthread_once_t fresh = PTHREAD_ONCE_INIT;
  memcpy(&once, &fresh, sizeof once);
  handled = waits = go_on = done = 0;
  if (calls[i].wait == in_join) pthread_create(&sleeper, NULL, until_it_may_go_on, NULL);
  if (calls[i].wait == in_once) pthread_create(&sleeper, NULL, call_once_slowly, NULL);
  if (!cond) pthread_mutex_lock(&mutex);
  pthread_rwlock_wrlock(&lock);
  if (calls[i].wait == in_once) usleep(50000);
  pthread_create(&waiter, NULL, run, &i);
  while (!waits) sched_yield();
  for (int tries = 0; tries < 500 && (calls[i].ends ? !done : handled < 3); tries++) {
    pthread_kill(waiter, SIGUSR1);
    usleep(20000);
  }
  printf("%s: %s, ", calls[i].name, handled ? done ? "ended" : "handled" : "not handled");
  go_on = 1;
  if (!cond) pthread_mutex_unlock(&mutex);
  pthread_rwlock_unlock(&lock);
  if (calls[i].wait == in_barrier) pthread_barrier_wait(&barrier);
  if (cond) {
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
  }
  if (!done && !calls[i].ends) sem_post(&semaphore);
  pthread_join(waiter, NULL);
  if (calls[i].wait == in_once) pthread_join(sleeper, NULL);
  while (sem_trywait(&semaphore) == 0) {
  }
  printf("%s\n", result == 0 || result == 1 ? "and went on" : result == EINTR ? "EINTR" : "and failed");
  fflush(stdout);
}

int main(void) {
  sem_init(&semaphore, 0, 0);
  pthread_barrier_init(&barrier, NULL, 2);
  for (int i = 0; i < (int)(sizeof calls / sizeof *calls); i++) try_call(i);
  pthread_mutex_lock(&mutex);
  alarm(1);
  pthread_mutex_lock(&mutex);
  puts("locked twice");
  return 0;
}
