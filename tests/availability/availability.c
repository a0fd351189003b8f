/* What the `signal` module really has here, found out by trying, in both editions: each name is used in a harmless way. Prints JSON:
 *
 *   {"platform": "wasi", "editions": {"documented": {"found": ["signal", ...], "absent": {"pause": "Availability: Unix", ...}, "wrong": {}}}}
 *
 * `absent` has the detail of the error where the name is a function. `wrong` has what neither works nor says that it is not there, and what
 * the library's own list of names tells differently. The names are spelled out here, so that the table of the library is not asked what to try. */
#define _GNU_SOURCE 1 /* syscall(), also where the compiler is asked for plain C */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#if defined(SYS_pidfd_open) /* glibc's own function is newer than the call */
#define pidfd_open(pid, flags) (int)syscall(SYS_pidfd_open, pid, flags)
#define HAS_PIDFD_OPEN 1
#endif
#elif defined(__wasm__)
#include <sys/pidfd.h>
#include <unistd.h>
#define HAS_PIDFD_OPEN 1
#endif

#include "wasmsig/wasmsig.h"

/* A probe answers WORKS, ABSENT, or BROKEN after broken() has said why. */
enum { WORKS, ABSENT, BROKEN };
struct probe {
  const char* name;
  int kind;
  int (*try_it)(const struct probe*);
  int value;        /* of a constant; UNKNOWN: the platform has no such name */
  const char* text; /* of a signal: what its macro expands to, the macro's own name where the platform lacks it */
};
enum { UNKNOWN = -1 };

static char why[300], detail[200];

static int broken(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why, sizeof why, format, arguments);
  va_end(arguments);
  return BROKEN;
}

static wsig_error last_error(void) {
  wsig_error error;
  memset(&error, 0, sizeof error);
  error.size = sizeof error;
  wsig_last_error(&error);
  return error;
}

/* What the first call of a function told. WORKS: it can be tried further. */
static int there(const char* name, int result) {
  if (result != WSIG_E_UNAVAILABLE) return WORKS;
  const wsig_error error = last_error();
  char text[100];
  snprintf(text, sizeof text, "module 'signal' has no attribute '%s'", name);
  if (error.kind != WSIG_E_UNAVAILABLE) return broken("answers WSIG_E_UNAVAILABLE, the last error is %d", error.kind);
  if (strcmp(error.text, text) != 0) return broken("the text is \"%s\"", error.text);
  snprintf(detail, sizeof detail, "%s", error.detail);
  return ABSENT;
}

#define FIRST(call)                                     \
  do {                                                  \
    const int there_ = there(probe->name, (call));      \
    if (there_ != WORKS) return there_;                 \
  } while (0)
#define EXPECT(condition)                                                                             \
  do {                                                                                                \
    if (!(condition)) return broken("line %d: not so: %s (last error \"%s\")", __LINE__, #condition, last_error().text); \
  } while (0)

#if defined(WSIG_SIG_BLOCK)
#define BLOCK WSIG_SIG_BLOCK
#define UNBLOCK WSIG_SIG_UNBLOCK
#define SETMASK WSIG_SIG_SETMASK
#else
#define BLOCK UNKNOWN
#define UNBLOCK UNKNOWN
#define SETMASK UNKNOWN
#endif

/* ---- what the probes share --------------------------------------------------------------------------------------- */

static int handled;
static int handler(int signum, void* frame, void* data) {
  (void)frame, (void)data;
  handled = signum;
  return 0;
}

static int set_action(int signum, wsig_action action) { return wsig_signal(signum, &action, NULL); }
static int catch(int signum) {
  handled = 0;
  return set_action(signum, wsig_callable(handler, NULL));
}

static wsig_set only(int signum) {
  wsig_set set = {0};
  wsig_set_add(&set, signum);
  return set;
}

/* The name as the library lists it; 0: it does not. */
static int listed(const char* name, wsig_name* row) {
  row->size = sizeof *row;
  for (size_t index = 0; wsig_name_at(index, row) == 0; index++) {
    if (strcmp(row->name, name) == 0) return 1;
  }
  return 0;
}

static int any_of_kind(int kind) {
  wsig_name row;
  row.size = sizeof row;
  for (size_t index = 0; wsig_name_at(index, &row) == 0; index++) {
    if (row.kind == kind) return 1;
  }
  return 0;
}

/* The thread's mask, 0 where masks do not exist. */
static wsig_set mask_now(void) {
  wsig_set mask = {0};
  wsig_pthread_sigmask(BLOCK, NULL, &mask);
  return mask;
}

/* SIGTERM blocked and pending. */
static int keep_pending(void) {
  const wsig_set term = only(WSIG_SIGTERM);
  return catch(WSIG_SIGTERM) == 0 && wsig_pthread_sigmask(BLOCK, &term, NULL) == 0 && wsig_raise_signal(WSIG_SIGTERM) == 0 && handled == 0;
}
static int unblock(void) {
  const wsig_set term = only(WSIG_SIGTERM);
  return wsig_pthread_sigmask(UNBLOCK, &term, NULL) == 0;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static int try_signal(const struct probe* probe) {
  wsig_action action = wsig_ignore(), previous = wsig_default();
  FIRST(wsig_signal(WSIG_SIGTERM, &action, NULL));
  EXPECT(wsig_signal(WSIG_SIGTERM, NULL, NULL) == WSIG_E_TYPE);
  action = wsig_default();
  EXPECT(wsig_signal(WSIG_SIGTERM, &action, &previous) == 0 && previous.kind == WSIG_ACTION_IGNORE);
  return WORKS;
}

static int try_getsignal(const struct probe* probe) {
  wsig_action action = wsig_default();
  FIRST(wsig_getsignal(WSIG_SIGTERM, &action));
  EXPECT(catch(WSIG_SIGTERM) == 0);
  EXPECT(wsig_getsignal(WSIG_SIGTERM, &action) == 0 && action.kind == WSIG_ACTION_CALLABLE && action.function == handler);
  return WORKS;
}

static int try_default_int_handler(const struct probe* probe) {
  (void)probe;
  EXPECT(set_action(WSIG_SIGINT, wsig_callable(wsig_default_int_handler, NULL)) == 0);
  EXPECT(wsig_set_interrupt(WSIG_SIGINT) == 0 && wsig_check_signals(NULL) == WSIG_E_RAISED);
  EXPECT(last_error().kind == WSIG_E_KEYBOARD_INTERRUPT);
  return WORKS;
}

static int try_strsignal(const struct probe* probe) {
  const char* text = NULL;
  FIRST(wsig_strsignal(WSIG_SIGINT, &text));
  EXPECT(text && strcmp(text, "Interrupt") == 0);
  return WORKS;
}

static int try_valid_signals(const struct probe* probe) {
  wsig_set set = {0};
  FIRST(wsig_valid_signals(&set));
  EXPECT(wsig_set_has(set, WSIG_SIGINT) && !wsig_set_has(set, wsig_nsig()));
  return WORKS;
}

static int try_raise_signal(const struct probe* probe) {
  EXPECT(catch(WSIG_SIGTERM) == 0);
  FIRST(wsig_raise_signal(WSIG_SIGTERM));
  EXPECT(handled == WSIG_SIGTERM);
  return WORKS;
}

static int try_set_wakeup_fd(const struct probe* probe) {
  intptr_t previous = 7;
  FIRST(wsig_set_wakeup_fd(-1, 1, &previous));
  EXPECT(previous == -1);
  EXPECT(wsig_set_wakeup_fd(1000, 1, NULL) == WSIG_E_OS && last_error().number == EBADF);
  return WORKS;
}

static int try_alarm(const struct probe* probe) {
  unsigned left = 7;
  FIRST(wsig_alarm(1000, &left));
  EXPECT(left == 0);
  EXPECT(wsig_alarm(0, &left) == 0 && left > 900 && left <= 1000);
  return WORKS;
}

static int try_pause(const struct probe* probe) {
#if defined(WSIG_SIGALRM)
  EXPECT(catch(WSIG_SIGALRM) == 0);
  /* Again and again where that is possible: the first may come before the wait. */
  if (wsig_setitimer(WSIG_ITIMER_REAL, 0.02, 0.02, NULL, NULL) != 0) EXPECT(wsig_alarm(1, NULL) == 0);
#endif
  const int there_ = there(probe->name, wsig_pause());
  wsig_setitimer(WSIG_ITIMER_REAL, 0, 0, NULL, NULL);
  wsig_alarm(0, NULL);
  if (there_ != WORKS) return there_;
#if defined(WSIG_SIGALRM)
  EXPECT(handled == WSIG_SIGALRM);
#endif
  return WORKS;
}

static int try_pthread_kill(const struct probe* probe) {
  FIRST(wsig_pthread_kill(wsig_thread_ident(), 0));
  EXPECT(catch(WSIG_SIGTERM) == 0 && wsig_pthread_kill(wsig_thread_ident(), WSIG_SIGTERM) == 0 && handled == WSIG_SIGTERM);
  return WORKS;
}

static int try_pthread_sigmask(const struct probe* probe) {
  FIRST(wsig_pthread_sigmask(BLOCK, NULL, NULL));
  EXPECT(keep_pending());
  EXPECT(wsig_set_has(mask_now(), WSIG_SIGTERM));
  EXPECT(unblock() && handled == WSIG_SIGTERM);
  return WORKS;
}

static int try_setitimer(const struct probe* probe) {
  double seconds = -1, interval = -1;
  FIRST(wsig_setitimer(WSIG_ITIMER_REAL, 1000, 500, NULL, NULL));
  EXPECT(wsig_setitimer(WSIG_ITIMER_REAL, 0, 0, &seconds, &interval) == 0 && seconds > 900 && seconds <= 1001 && interval == 500);
  return WORKS;
}

static int try_getitimer(const struct probe* probe) {
  double seconds = -1, interval = -1;
  FIRST(wsig_getitimer(WSIG_ITIMER_REAL, &seconds, &interval));
  EXPECT(seconds == 0 && interval == 0);
  EXPECT(wsig_alarm(1000, NULL) == 0);
  EXPECT(wsig_getitimer(WSIG_ITIMER_REAL, &seconds, &interval) == 0 && seconds > 900 && seconds <= 1001);
  EXPECT(wsig_alarm(0, NULL) == 0);
  return WORKS;
}

static int try_siginterrupt(const struct probe* probe) {
  FIRST(wsig_siginterrupt(WSIG_SIGTERM, 0));
  EXPECT(wsig_siginterrupt(WSIG_SIGTERM, 1) == 0);
  EXPECT(wsig_siginterrupt(0, 1) == WSIG_E_VALUE);
  return WORKS;
}

static int try_sigpending(const struct probe* probe) {
  wsig_set set = {0};
  FIRST(wsig_sigpending(&set));
  EXPECT(keep_pending());
  EXPECT(wsig_sigpending(&set) == 0 && set.bits == only(WSIG_SIGTERM).bits);
  EXPECT(unblock() && wsig_sigpending(&set) == 0 && set.bits == 0);
  return WORKS;
}

static int try_sigwait(const struct probe* probe) {
  const wsig_set term = only(WSIG_SIGTERM);
  int accepted = 0;
  keep_pending(); /* where it does not work the call must not be there either, or it waits for the time limit */
  FIRST(wsig_sigwait(&term, &accepted));
  EXPECT(accepted == WSIG_SIGTERM && unblock() && handled == 0);
  return WORKS;
}

static int try_sigwaitinfo(const struct probe* probe) {
  const wsig_set term = only(WSIG_SIGTERM);
  wsig_siginfo info;
  memset(&info, 0, sizeof info);
  info.size = sizeof info;
  keep_pending();
  FIRST(wsig_sigwaitinfo(&term, &info));
  EXPECT(info.signo == WSIG_SIGTERM && info.pid > 0 && unblock() && handled == 0);
  return WORKS;
}

static int try_sigtimedwait(const struct probe* probe) {
  const wsig_set term = only(WSIG_SIGTERM);
  wsig_siginfo info;
  memset(&info, 0, sizeof info);
  info.size = sizeof info;
  FIRST(wsig_sigtimedwait(&term, 0, &info));
  EXPECT(keep_pending());
  EXPECT(wsig_sigtimedwait(&term, 0, &info) == 1 && info.signo == WSIG_SIGTERM);
  EXPECT(wsig_sigtimedwait(&term, 0, &info) == 0 && unblock() && handled == 0);
  return WORKS;
}

static int try_pidfd_send_signal(const struct probe* probe) {
  FIRST(wsig_pidfd_send_signal(-1, 0, NULL, 0));
  EXPECT(wsig_pidfd_send_signal(-1, 0, NULL, 0) == WSIG_E_OS && last_error().number == EBADF);
#ifdef HAS_PIDFD_OPEN
  const int descriptor = pidfd_open(getpid(), 0);
  EXPECT(descriptor >= 0 && catch(WSIG_SIGTERM) == 0);
  const int result = wsig_pidfd_send_signal(descriptor, WSIG_SIGTERM, NULL, 0);
  close(descriptor);
  EXPECT(result == 0 && wsig_check_signals(NULL) == 0 && handled == WSIG_SIGTERM);
#endif
  return WORKS;
}

/* ---- types: what uses them is there and works ---------------------------------------------------------------------- */

static int try_signals(const struct probe* probe) {
  (void)probe;
  const char* name = wsig_signal_name(WSIG_SIGINT);
  if (!name && !any_of_kind(WSIG_NAME_SIGNAL)) return ABSENT;
  EXPECT(name && strcmp(name, "SIGINT") == 0 && any_of_kind(WSIG_NAME_SIGNAL));
  return WORKS;
}

static int try_handlers(const struct probe* probe) {
  (void)probe;
  return any_of_kind(WSIG_NAME_HANDLER) ? WORKS : ABSENT;
}

static int try_sigmasks(const struct probe* probe) {
  (void)probe;
  return any_of_kind(WSIG_NAME_SIGMASK) ? WORKS : ABSENT;
}

static int try_itimer_error(const struct probe* probe) {
  (void)probe;
  const int result = wsig_getitimer(99, NULL, NULL);
  if (result == WSIG_E_UNAVAILABLE) return ABSENT;
  EXPECT(result == WSIG_E_ITIMER && last_error().number == EINVAL && strcmp(wsig_error_kind_name(result), "ItimerError") == 0);
  return WORKS;
}

static int try_struct_siginfo(const struct probe* probe) {
  (void)probe;
  const wsig_set none = {0};
  wsig_siginfo info;
  info.size = sizeof info;
  const int result = wsig_sigtimedwait(&none, 0, &info);
  if (result == WSIG_E_UNAVAILABLE) return ABSENT;
  EXPECT(result == 0);
  info.size = 0;
  EXPECT(wsig_sigtimedwait(&none, 0, &info) == WSIG_E_VALUE);
  return WORKS;
}

/* ---- constants: listed, with the value that the header has, and the value does what the name says ---------------------- */

#define LISTED(row)                                                                                                       \
  wsig_name row;                                                                                                          \
  if (!listed(probe->name, &row)) return ABSENT;                                                                          \
  if (row.value != probe->value) return broken("the value is %d, in the header %d", row.value, probe->value)

static int try_handler_constant(const struct probe* probe) {
  LISTED(row);
  wsig_action action = wsig_callable(handler, NULL);
  EXPECT(set_action(WSIG_SIGTERM, wsig_action_make(row.value, NULL, NULL)) == 0);
  EXPECT(wsig_getsignal(WSIG_SIGTERM, &action) == 0 && action.kind == row.value);
  return WORKS;
}

static int try_sigmask(const struct probe* probe) {
  LISTED(row);
  const wsig_set term = only(WSIG_SIGTERM), alarm = only(WSIG_SIGINT);
  EXPECT(wsig_pthread_sigmask(SETMASK, &term, NULL) == 0 && wsig_pthread_sigmask(row.value, &alarm, NULL) == 0);
  const uint64_t mask = mask_now().bits;
  const wsig_set none = {0};
  EXPECT(wsig_pthread_sigmask(SETMASK, &none, NULL) == 0);
  EXPECT(mask == (row.value == BLOCK ? term.bits | alarm.bits : row.value == UNBLOCK ? term.bits : alarm.bits));
  return WORKS;
}

static int try_itimer(const struct probe* probe) {
  LISTED(row);
  double seconds = -1, interval = -1;
  EXPECT(wsig_getitimer(row.value, &seconds, &interval) == 0 && seconds == 0 && interval == 0);
  return WORKS;
}

static int try_nsig(const struct probe* probe) {
  LISTED(row);
  wsig_action action = wsig_default();
  EXPECT(wsig_getsignal(row.value - 1, &action) == 0 && wsig_getsignal(row.value, &action) == WSIG_E_VALUE);
  return WORKS;
}

/* A signal trips and its handler runs; SIGKILL and SIGSTOP say that they cannot have one. */
static int try_signal_number(const struct probe* probe) {
  LISTED(row);
  wsig_action before = wsig_default();
  EXPECT(wsig_getsignal(row.value, &before) == 0);
  const char* name = wsig_signal_name(row.value);
  EXPECT(name);
  EXPECT((row.kind == WSIG_NAME_SIGNAL) == (strcmp(name, probe->name) == 0));
  if (strcmp(probe->name, "SIGKILL") == 0 || strcmp(probe->name, "SIGSTOP") == 0) {
    EXPECT(catch(row.value) == WSIG_E_OS && last_error().number == EINVAL);
    return WORKS;
  }
  EXPECT(catch(row.value) == 0);
  EXPECT(wsig_set_interrupt(row.value) == 0 && wsig_check_signals(NULL) == 0 && handled == row.value);
  EXPECT(set_action(row.value, before.kind == WSIG_ACTION_IGNORE ? wsig_ignore() : wsig_default()) == 0);
  return WORKS;
}

/* For other processes, which are none of ours: a value, and no signal. */
static int try_event(const struct probe* probe) {
  LISTED(row);
  return WORKS;
}

/* ---- the 72 names ------------------------------------------------------------------------------------------------ */

#define TEXT_(tokens) #tokens
#define TEXT(tokens) TEXT_(tokens)
#define FUNCTION(name) {#name, WSIG_NAME_FUNCTION, try_##name, 0, NULL}
#define SIGNAL(name) {#name, WSIG_NAME_SIGNAL, try_signal_number, UNKNOWN, TEXT(WSIG_##name)}
#define ALIAS(name, of) {#name, WSIG_NAME_ALIAS, try_signal_number, UNKNOWN, TEXT(WSIG_##of)}

static struct probe probes[] = {
    FUNCTION(signal),
    FUNCTION(getsignal),
    FUNCTION(default_int_handler),
    FUNCTION(strsignal),
    FUNCTION(valid_signals),
    FUNCTION(raise_signal),
    FUNCTION(set_wakeup_fd),
    FUNCTION(alarm),
    FUNCTION(pause),
    FUNCTION(pthread_kill),
    FUNCTION(pthread_sigmask),
    FUNCTION(setitimer),
    FUNCTION(getitimer),
    FUNCTION(siginterrupt),
    FUNCTION(sigpending),
    FUNCTION(sigwait),
    FUNCTION(sigwaitinfo),
    FUNCTION(sigtimedwait),
    FUNCTION(pidfd_send_signal),
    {"Signals", WSIG_NAME_ENUM, try_signals, 0, NULL},
    {"Handlers", WSIG_NAME_ENUM, try_handlers, 0, NULL},
    {"Sigmasks", WSIG_NAME_ENUM, try_sigmasks, 0, NULL},
    {"ItimerError", WSIG_NAME_EXCEPTION, try_itimer_error, 0, NULL},
    {"struct_siginfo", WSIG_NAME_TYPE, try_struct_siginfo, 0, NULL},
    {"SIG_DFL", WSIG_NAME_HANDLER, try_handler_constant, WSIG_ACTION_DEFAULT, NULL},
    {"SIG_IGN", WSIG_NAME_HANDLER, try_handler_constant, WSIG_ACTION_IGNORE, NULL},
    {"SIG_BLOCK", WSIG_NAME_SIGMASK, try_sigmask, BLOCK, NULL},
    {"SIG_UNBLOCK", WSIG_NAME_SIGMASK, try_sigmask, UNBLOCK, NULL},
    {"SIG_SETMASK", WSIG_NAME_SIGMASK, try_sigmask, SETMASK, NULL},
    {"ITIMER_REAL", WSIG_NAME_ITIMER, try_itimer, WSIG_ITIMER_REAL, NULL},
    {"ITIMER_VIRTUAL", WSIG_NAME_ITIMER, try_itimer, WSIG_ITIMER_VIRTUAL, NULL},
    {"ITIMER_PROF", WSIG_NAME_ITIMER, try_itimer, WSIG_ITIMER_PROF, NULL},
    {"NSIG", WSIG_NAME_CONSTANT, try_nsig, UNKNOWN, NULL}, /* the library's own */
    SIGNAL(SIGABRT),
    SIGNAL(SIGALRM),
    SIGNAL(SIGBUS),
    SIGNAL(SIGCHLD),
    SIGNAL(SIGCONT),
    SIGNAL(SIGFPE),
    SIGNAL(SIGHUP),
    SIGNAL(SIGILL),
    SIGNAL(SIGINT),
    SIGNAL(SIGIO),
    SIGNAL(SIGKILL),
    SIGNAL(SIGPIPE),
    SIGNAL(SIGPROF),
    SIGNAL(SIGPWR),
    SIGNAL(SIGQUIT),
    SIGNAL(SIGSEGV),
    SIGNAL(SIGSTOP),
    SIGNAL(SIGSYS),
    SIGNAL(SIGTERM),
    SIGNAL(SIGTRAP),
    SIGNAL(SIGTSTP),
    SIGNAL(SIGTTIN),
    SIGNAL(SIGTTOU),
    SIGNAL(SIGURG),
    SIGNAL(SIGUSR1),
    SIGNAL(SIGUSR2),
    SIGNAL(SIGVTALRM),
    SIGNAL(SIGWINCH),
    SIGNAL(SIGXCPU),
    SIGNAL(SIGXFSZ),
    SIGNAL(SIGSTKFLT),
    ALIAS(SIGIOT, SIGABRT),
    ALIAS(SIGPOLL, SIGIO),
    ALIAS(SIGCLD, SIGCHLD),
    {"SIGRTMIN", WSIG_NAME_SIGNAL, try_signal_number, UNKNOWN, NULL}, /* a call on some platforms: set by main() */
    {"SIGRTMAX", WSIG_NAME_SIGNAL, try_signal_number, UNKNOWN, NULL},
    SIGNAL(SIGBREAK),
    {"CTRL_C_EVENT", WSIG_NAME_SIGNAL, try_event, WSIG_CTRL_C_EVENT, NULL},
    {"CTRL_BREAK_EVENT", WSIG_NAME_SIGNAL, try_event, WSIG_CTRL_BREAK_EVENT, NULL},
};
enum { PROBES = sizeof probes / sizeof probes[0] };

/* ---- the report -------------------------------------------------------------------------------------------------- */

struct result {
  int outcome;
  char why[sizeof why], detail[sizeof detail];
};

static struct result results[PROBES];

static void list(const char* title, int outcome, const char* end) {
  const char* comma = "";
  printf("\"%s\": %s", title, outcome == WORKS ? "[" : "{");
  for (int i = 0; i < PROBES; i++) {
    if (results[i].outcome != outcome) continue;
    printf("%s\"%s\"", comma, probes[i].name);
    if (outcome == ABSENT) printf(": \"%s\"", results[i].detail);
    if (outcome == BROKEN) {
      printf(": \"");
      for (const char* at = results[i].why; *at; at++) printf(*at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
      printf("\"");
    }
    comma = ", ";
  }
  printf("%s%s", outcome == WORKS ? "]" : "}", end);
}

/* The library's list, asked for the name itself, says the same. */
static int agrees(const struct probe* probe, int outcome) {
  wsig_name row;
  const int known = listed(probe->name, &row);
  if (known != (outcome == WORKS)) return broken("%s, but %s by wsig_name_at()", outcome == WORKS ? "works" : "is not there", known ? "listed" : "not listed");
  if (known != wsig_has(probe->name)) return broken("wsig_has() and wsig_name_at() differ");
  if (known && row.kind != probe->kind) return broken("the kind is %d instead of %d", row.kind, probe->kind);
  return outcome;
}

static int edition(const char* title, int number) {
  wsig_config config;
  memset(&config, 0, sizeof config);
  config.size = sizeof config;
  config.edition = number;
  if (wsig_init(&config) != 0) return 0;
  for (int i = 0; i < PROBES; i++) {
    why[0] = detail[0] = 0;
    int outcome = probes[i].try_it(&probes[i]);
    if (outcome != BROKEN) outcome = agrees(&probes[i], outcome);
    results[i].outcome = outcome;
    memcpy(results[i].why, why, sizeof why);
    memcpy(results[i].detail, detail, sizeof detail);
  }
  printf("\"%s\": {", title);
  list("found", WORKS, ", ");
  list("absent", ABSENT, ", ");
  list("wrong", BROKEN, ", ");
  printf("\"listed\": %u}", (unsigned)wsig_name_count());
  wsig_finalize();
  return 1;
}

int main(void) {
  for (int i = 0; i < PROBES; i++) {
    struct probe* const probe = &probes[i];
    if (probe->text && probe->text[0] >= '0' && probe->text[0] <= '9') probe->value = atoi(probe->text);
    if (strcmp(probe->name, "NSIG") == 0) probe->value = wsig_nsig();
#if defined(WSIG_SIGRTMIN)
    if (strcmp(probe->name, "SIGRTMIN") == 0) probe->value = WSIG_SIGRTMIN;
    if (strcmp(probe->name, "SIGRTMAX") == 0) probe->value = WSIG_SIGRTMAX;
#endif
  }
  printf("{\"platform\": \"%s\", \"editions\": {", wsig_platform_name());
  const int first = edition("documented", WSIG_EDITION_DOCUMENTED);
  printf(", ");
  const int second = edition("extended", WSIG_EDITION_EXTENDED);
  printf("}}\n");
  return first && second ? 0 : 1;
}
