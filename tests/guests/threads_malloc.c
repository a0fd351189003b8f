/* What a handler may call, by POSIX, allocates nothing here: the handler may stand in the middle of malloc(), which holds a lock. Prints how often it did, for each thread. */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void *emscripten_builtin_malloc(size_t size);
void *emscripten_builtin_calloc(size_t count, size_t size);
void emscripten_builtin_free(void *block);

static _Thread_local int handles;
static volatile int allocations, calls;

static void count(void) {
  calls = calls + 1;
  if (handles) allocations = allocations + 1;
}

void *malloc(size_t size) { return count(), emscripten_builtin_malloc(size); }
void *calloc(size_t n, size_t size) { return count(), emscripten_builtin_calloc(n, size); }
void free(void *block) { count(), emscripten_builtin_free(block); }
void *realloc(void *block, size_t size) {
  void *const larger = malloc(size);
  const size_t kept = block ? malloc_usable_size(block) : 0;
  if (larger) memcpy(larger, block, kept < size ? kept : size), free(block);
  return larger;
}

static sem_t semaphore;

static void handle(int signo) {
  handles = 1;
  write(STDOUT_FILENO, "handler\n", 8);
  sem_post(&semaphore);
  kill(getpid(), SIGCHLD);
  alarm(0);
  const struct timespec moment = {0, 1000};
  nanosleep(&moment, NULL);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  sigset_t set;
  sigemptyset(&set);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  signal(signo, handle);
  handles = 0;
}

static void *raise_once(void *unused) {
  raise(SIGUSR1);
  return unused;
}

int main(void) {
  sem_init(&semaphore, 0, 0);
  signal(SIGUSR1, handle);
  raise(SIGUSR1);
  const int in_main = allocations;
  pthread_t thread;
  pthread_create(&thread, NULL, raise_once, NULL);
  pthread_join(thread, NULL);
  free(malloc(1));
  printf("%s, %d in main, %d in a thread\n", calls ? "counted" : "not counted", in_main, allocations - in_main);
  return 0;
}
