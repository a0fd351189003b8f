/* A thread reads standard input, which has nothing: a handler ends that, then pthread_cancel(), while main writes. Then main reads: "data N". */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile int interrupted;

static void handle(int signo) { (void)signo; }

static void *read_twice(void *unused) {
  char data[8];
  if (read(STDIN_FILENO, data, sizeof data) == -1 && errno == EINTR) interrupted = 1;
  read(STDIN_FILENO, data, sizeof data);
  return unused;
}

static void say(const char *line) { (void)!write(STDOUT_FILENO, line, strlen(line)); }

int main(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handle;
  sigaction(SIGUSR1, &action, NULL);
  pthread_t thread;
  pthread_create(&thread, NULL, read_twice, NULL);
  while (!interrupted) {  // the first may come before it reads
    pthread_kill(thread, SIGUSR1);
    usleep(10000);
  }
  say("interrupted\n");
  void *result;
  pthread_cancel(thread);
  pthread_join(thread, &result);
  say(result == PTHREAD_CANCELED ? "cancelled\n" : "not cancelled\n");
  char data[64], line[80];
  const ssize_t count = read(STDIN_FILENO, data, sizeof data);
  snprintf(line, sizeof line, "data %d\n", (int)count);
  say(line);
  return 0;
}
