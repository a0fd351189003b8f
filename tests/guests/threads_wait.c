/*
 * A thread waits in each of the calls of the threads library, and is sent a signal meanwhile: its handler runs before the wait is over. Of these calls only those of
 * semaphores end by a handler, unless it has SA_RESTART. Last, main locks a mutex twice, and an alarm at its default action ends the program.
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
static pthread_barrier_t barrier;
static sem_t semaphore;
static pthread_t sleeper;
static volatile int waiting, go_on;
static volatile sig_atomic_t handled;

static void handle(int signo) { handled = handled + 1; (void)signo; }

static const struct timespec *in_a_minute(void) {
  static struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  time.tv_sec += 60;
  return &time;
}

static int result_of(int result) { return result < 0 ? errno : result; }

static int in_mutex_lock(void) { return pthread_mutex_lock(&mutex); }
static int in_mutex_timedlock(void) { return pthread_mutex_timedlock(&mutex, in_a_minute()); }
static int in_rdlock(void) { return pthread_rwlock_rdlock(&lock); }
static int in_wrlock(void) { return pthread_rwlock_wrlock(&lock); }
static int in_barrier(void) { return pthread_barrier_wait(&barrier) > 0; }
static int in_cond_wait(void) {
  pthread_mutex_lock(&mutex);
  while (!go_on) pthread_cond_wait(&condition, &mutex);
  return pthread_mutex_unlock(&mutex);
}
static int in_join(void) { return pthread_join(sleeper, NULL); }
static int in_sem_wait(void) { return result_of(sem_wait(&semaphore)); }
static int in_sem_timedwait(void) { return result_of(sem_timedwait(&semaphore, in_a_minute())); }

static const struct { const char *name; int (*wait)(void); int flags; } calls[] = {
  {"mutex_lock", in_mutex_lock, 0}, {"mutex_timedlock", in_mutex_timedlock, 0}, {"rdlock", in_rdlock, 0}, {"wrlock", in_wrlock, 0}, {"barrier_wait", in_barrier, 0},
  {"cond_wait", in_cond_wait, 0}, {"join", in_join, 0}, {"sem_wait", in_sem_wait, 0}, {"sem_timedwait", in_sem_timedwait, 0},
  {"sem_wait, SA_RESTART", in_sem_wait, SA_RESTART},
};

static int result;
static void *run(void *index) {
  waiting = 1;
  const int i = *(int *)index;
  result = calls[i].wait();
  if (calls[i].wait == in_mutex_lock || calls[i].wait == in_mutex_timedlock) pthread_mutex_unlock(&mutex);
  if (calls[i].wait == in_rdlock || calls[i].wait == in_wrlock) pthread_rwlock_unlock(&lock);
  return NULL;
}
static void *sleep_on(void *unused) {
  while (!go_on) usleep(1000);
  return unused;
}

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handle;
  sem_init(&semaphore, 0, 0);
  pthread_barrier_init(&barrier, NULL, 2);
  for (int i = 0; i < (int)(sizeof calls / sizeof *calls); i++) {
    const int locks = calls[i].wait != in_cond_wait;
    action.sa_flags = calls[i].flags;
    sigaction(SIGUSR1, &action, NULL);
    handled = waiting = go_on = 0;
    if (calls[i].wait == in_join && pthread_create(&sleeper, NULL, sleep_on, NULL)) return 2;
    if (locks) pthread_mutex_lock(&mutex);
    pthread_rwlock_wrlock(&lock);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, &i)) return 3;
    while (!waiting) sched_yield();
    usleep(30000);  // most probably it waits now; if not, the line is the same
    pthread_kill(thread, SIGUSR1);
    int tries = 0;
    while (!handled && tries++ < 5000) usleep(1000);
    printf("%s: %s, ", calls[i].name, handled ? "handled" : "not handled");
    go_on = 1;
    if (locks) pthread_mutex_unlock(&mutex);
    pthread_rwlock_unlock(&lock);
    if (calls[i].wait == in_barrier) pthread_barrier_wait(&barrier);
    if (!locks) {
      pthread_mutex_lock(&mutex);
      pthread_cond_signal(&condition);
      pthread_mutex_unlock(&mutex);
    }
    if (calls[i].flags) sem_post(&semaphore);
    pthread_join(thread, NULL);
    printf("%s\n", result == 0 ? "and went on" : result == EINTR ? "and ended by it" : "and failed");
    fflush(stdout);
  }
  pthread_mutex_lock(&mutex);
  alarm(1);
  pthread_mutex_lock(&mutex);
  puts("locked twice");
  return 0;
}
