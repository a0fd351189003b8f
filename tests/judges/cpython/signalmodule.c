/*
 * CPython's Modules/signalmodule.c on wasmsig, for 3.11. It has every symbol of the original's object file: linked in its
 * place it *is* the interpreter's signal handling, for the evaluation loop, PyErr_CheckSignals() and the module `_signal` alike.
 * README.md beside it says how it is built and run.
 */
#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE
#include <Python.h>

#include <errno.h>
#include <signal.h>
#include <structmember.h>

#include "pycore_ceval.h"    /* _PyEval_SignalReceived() */
#include "pycore_pyerrors.h" /* what this file defines */
#include "pycore_pystate.h"  /* _Py_ThreadCanHandleSignals() */
#include "wasmsig/wasmsig.h"

/* ---- what the interpreter gives to wasmsig ----------------------------------------------------------------------- */

static uint32_t options;              /* of wsig_init(): Py_InitializeEx(0) leaves SIGPIPE and SIGXFSZ alone */
static PyObject *default_int_handler; /* the module's function, which stands for wsig_default_int_handler() */
static PyObject *itimer_error;
static PyTypeObject *siginfo_type;

/* Every callable Python handler: `data` is the object, of which the installed action owns a reference. */
static int run_handler(int signum, void *Py_UNUSED(unused), void *data) {
  PyObject *handler = Py_NewRef((PyObject *)data); /* it may replace itself */
  PyObject *frame = (PyObject *)PyEval_GetFrame();
  PyObject *result = PyObject_CallFunction(handler, "iO", signum, frame ? frame : Py_None);
  Py_DECREF(handler);
  Py_XDECREF(result);
  return result ? 0 : -1;
}

static int keyboard_interrupt(void *Py_UNUSED(frame), void *Py_UNUSED(hook_data)) {
  PyErr_SetNone(PyExc_KeyboardInterrupt);
  return -1;
}

static void raise_error(const wsig_error *error, void *Py_UNUSED(hook_data)) {
  errno = error->number;
  switch (error->kind) {
    case WSIG_E_VALUE: PyErr_SetString(PyExc_ValueError, error->text); break;
    case WSIG_E_TYPE: PyErr_SetString(PyExc_TypeError, error->text); break;
    case WSIG_E_OS: PyErr_SetFromErrno(PyExc_OSError); break;
    case WSIG_E_ITIMER: PyErr_SetFromErrno(itimer_error); break;
    case WSIG_E_UNAVAILABLE: PyErr_SetString(PyExc_AttributeError, error->text); break;
    case WSIG_E_OVERFLOW: PyErr_SetString(PyExc_OverflowError, error->text); break;
    default: PyErr_SetString(PyExc_RuntimeError, error->text); break;
  }
}

static void unraisable(const wsig_error *error, void *Py_UNUSED(hook_data)) {
  PyObject *type, *value, *traceback;
  PyErr_Fetch(&type, &value, &traceback);
  if (error->number) {
    errno = error->number;
    PyErr_SetFromErrno(PyExc_OSError);
    PySys_WriteStderr("%s:\n", error->detail);
    PyErr_WriteUnraisable(NULL);
  } else {
    PyErr_SetString(PyExc_OSError, error->text);
    PyErr_WriteUnraisable(Py_None);
  }
  PyErr_Restore(type, value, traceback);
}

static int audit(const char *event, uintptr_t thread, int signum, void *Py_UNUSED(hook_data)) {
  return PySys_Audit(event, "ki", (unsigned long)thread, signum);
}

/* In real signal handlers: as CPython's own, it only sets flags of the evaluation loop. */
static void tripped(void *Py_UNUSED(hook_data)) { _PyEval_SignalReceived(_PyInterpreterState_Main()); }

static int may_handle(void *Py_UNUSED(hook_data)) {
  return _Py_ThreadCanHandleSignals(_PyInterpreterState_GET());
}

static void *blocking_begin(void *Py_UNUSED(hook_data)) { return PyEval_SaveThread(); }
static void blocking_end(void *token, void *Py_UNUSED(hook_data)) { PyEval_RestoreThread(token); }

static void dropped(int Py_UNUSED(signum), const wsig_action *action, void *Py_UNUSED(hook_data)) {
  Py_DECREF((PyObject *)action->data);
}

static int start(void) {
  wsig_config config = {.size = sizeof config, .edition = WSIG_EDITION_EXTENDED, .options = options};
  config.keyboard_interrupt = keyboard_interrupt;
  config.unraisable = unraisable;
  config.audit = audit;
  config.raise_error = raise_error;
  config.tripped = tripped;
  config.may_handle = may_handle;
  config.blocking_begin = blocking_begin;
  config.blocking_end = blocking_end;
  config.dropped = dropped;
  return wsig_init(&config);
}

/* ---- what the interpreter calls: pycore_pylifecycle.h, pyerrors.h, intrcheck.h ------------------------------------ */

int PyErr_CheckSignals(void) { return wsig_poll(NULL) ? -1 : 0; }
int _PyErr_CheckSignals(void) { return PyErr_CheckSignals(); }
int _PyErr_CheckSignalsTstate(PyThreadState *Py_UNUSED(tstate)) { return PyErr_CheckSignals(); }

int PyErr_SetInterruptEx(int signum) { return wsig_set_interrupt(signum); }
void PyErr_SetInterrupt(void) { wsig_set_interrupt(WSIG_SIGINT); }

int _PyOS_InterruptOccurred(PyThreadState *tstate) {
  return _Py_ThreadCanHandleSignals(tstate->interp) && wsig_accept(WSIG_SIGINT) == 1;
}
int PyOS_InterruptOccurred(void) { return _PyOS_InterruptOccurred(_PyThreadState_GET()); }

int _PyOS_IsMainThread(void) { return _Py_ThreadCanHandleSignals(_PyInterpreterState_GET()); }

/* Unlike the original's it refuses a descriptor in blocking mode. */
int PySignal_SetWakeupFd(int fd) {
  intptr_t previous = -1;
  if (wsig_set_wakeup_fd(fd < 0 ? -1 : fd, 1, &previous)) PyErr_Clear();
  return (int)previous;
}

/* In the child of subprocess, before exec. */
void _Py_RestoreSignals(void) {
  PyOS_setsig(SIGPIPE, SIG_DFL);
  PyOS_setsig(SIGXFSZ, SIG_DFL);
}

int _PySignal_Init(int install_signal_handlers) {
  options = install_signal_handlers ? 0 : WSIG_KEEP_SIGPIPE | WSIG_KEEP_SIGXFSZ;
  if (!install_signal_handlers) return 0;
  PyObject *module = PyImport_ImportModule("_signal");
  Py_XDECREF(module);
  return module ? 0 : -1;
}

void _PySignal_Fini(void) {
  if (wsig_is_running() && wsig_finalize()) PyErr_Clear();
  Py_CLEAR(default_int_handler);
  Py_CLEAR(itimer_error);
  Py_CLEAR(siginfo_type);
}

void _PySignal_AfterFork(void) { wsig_after_fork_child(); }

/* ---- the module `_signal` ---------------------------------------------------------------------------------------- */

/* The exception of a call that failed; only errors before wsig_init() and after wsig_finalize() did not go to raise_error(). */
static PyObject *fail(void) {
  wsig_error error = {.size = sizeof error};
  if (!PyErr_Occurred() && wsig_last_error(&error)) raise_error(&error, NULL);
  return NULL;
}

static PyObject *none_or_fail(int result) { return result ? fail() : Py_NewRef(Py_None); }

static PyObject *set_or_fail(int result, wsig_set set) {
  if (result) return fail();
  PyObject *numbers = PySet_New(NULL);
  for (int signum = 1; numbers && signum <= 64; signum++) {
    if (!wsig_set_has(set, signum)) continue;
    PyObject *number = PyLong_FromLong(signum);
    if (!number || PySet_Add(numbers, number)) Py_CLEAR(numbers);
    Py_XDECREF(number);
  }
  return numbers;
}

static int set_converter(PyObject *numbers, void *to) {
  wsig_set *set = to;
  PyObject *number, *iterator = PyObject_GetIter(numbers);
  set->bits = 0;
  if (!iterator) return 0;
  while ((number = PyIter_Next(iterator))) {
    int overflow;
    const long signum = PyLong_AsLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    if (signum == -1 && PyErr_Occurred()) break;
    const int added = wsig_set_add(set, signum);
    if (added < 0) fail();
    if (added < 0 || (added == 1 && PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "invalid signal number %ld, please use valid_signals()", signum))) break;
  }
  Py_DECREF(iterator);
  return !PyErr_Occurred();
}

static PyObject *siginfo_or_fail(int result, const wsig_siginfo *info) {
  if (result < 0) return fail();
  PyObject *fields = PyStructSequence_New(siginfo_type);
  if (!fields) return NULL;
  PyStructSequence_SET_ITEM(fields, 0, PyLong_FromLong(info->signo));
  PyStructSequence_SET_ITEM(fields, 1, PyLong_FromLong(info->code));
  PyStructSequence_SET_ITEM(fields, 2, PyLong_FromLong(info->error));
  PyStructSequence_SET_ITEM(fields, 3, PyLong_FromLong(info->pid));
  PyStructSequence_SET_ITEM(fields, 4, PyLong_FromUnsignedLong(info->uid));
  PyStructSequence_SET_ITEM(fields, 5, PyLong_FromLong(info->status));
  PyStructSequence_SET_ITEM(fields, 6, PyLong_FromLongLong(info->band));
  if (PyErr_Occurred()) Py_CLEAR(fields);
  return fields;
}

static wsig_action to_action(PyObject *handler) {
  if (handler == default_int_handler) return wsig_callable(wsig_default_int_handler, NULL);
  if (PyCallable_Check(handler)) return wsig_callable(run_handler, Py_NewRef(handler));
  if (PyLong_CheckExact(handler)) {
    const long number = PyLong_AsLong(handler);
    if (number == 0) return wsig_default();
    if (number == 1) return wsig_ignore();
    PyErr_Clear(); /* too large */
  }
  return wsig_action_make(WSIG_ACTION_NONE, NULL, NULL); /* which wsig_signal() refuses, in its turn */
}

static PyObject *to_handler(const wsig_action *action) {
  switch (action->kind) {
    case WSIG_ACTION_DEFAULT: return PyLong_FromLong(0);
    case WSIG_ACTION_IGNORE: return PyLong_FromLong(1);
    case WSIG_ACTION_CALLABLE: return Py_NewRef(action->function == run_handler ? (PyObject *)action->data : default_int_handler);
    default: return Py_NewRef(Py_None);
  }
}

static void release(const wsig_action *action) {
  if (action->kind == WSIG_ACTION_CALLABLE && action->function == run_handler) Py_DECREF((PyObject *)action->data);
}

#define FUNCTION(name) static PyObject *signal_##name(PyObject *Py_UNUSED(module), PyObject *args)
#define PARSE(...) \
  if (!PyArg_ParseTuple(args, __VA_ARGS__)) return NULL

FUNCTION(default_int_handler) {
  int signum;
  PyObject *frame;
  PARSE("iO:default_int_handler", &signum, &frame);
  PyErr_SetNone(PyExc_KeyboardInterrupt);
  return NULL;
}

FUNCTION(signal) {
  int signum;
  PyObject *handler;
  PARSE("iO:signal", &signum, &handler);
  wsig_action action = to_action(handler), previous = wsig_default();
  if (wsig_signal(signum, &action, &previous)) {
    PyObject *result = fail();
    release(&action);
    return result;
  }
  PyObject *result = to_handler(&previous);
  release(&previous);
  return result;
}

FUNCTION(getsignal) {
  int signum;
  PARSE("i:getsignal", &signum);
  wsig_action action = wsig_default();
  return wsig_getsignal(signum, &action) ? fail() : to_handler(&action);
}

FUNCTION(strsignal) {
  int signum;
  const char *description;
  PARSE("i:strsignal", &signum);
  return wsig_strsignal(signum, &description) ? fail() : Py_BuildValue("z", description);
}

FUNCTION(siginterrupt) {
  int signum, flag;
  PARSE("ii:siginterrupt", &signum, &flag);
  return none_or_fail(wsig_siginterrupt(signum, flag));
}

static PyObject *signal_set_wakeup_fd(PyObject *Py_UNUSED(module), PyObject *args, PyObject *keywords) {
  static char *names[] = {"", "warn_on_full_buffer", NULL};
  int fd, warn_on_full_buffer = 1;
  intptr_t previous;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "i|$p:set_wakeup_fd", names, &fd, &warn_on_full_buffer)) return NULL;
  return wsig_set_wakeup_fd(fd, warn_on_full_buffer, &previous) ? fail() : PyLong_FromLongLong(previous);
}

FUNCTION(raise_signal) {
  int signum;
  PARSE("i:raise_signal", &signum);
  return none_or_fail(wsig_raise_signal(signum));
}

FUNCTION(pthread_kill) {
  unsigned long thread;
  int signum;
  PARSE("ki:pthread_kill", &thread, &signum);
  return none_or_fail(wsig_pthread_kill(thread, signum));
}

FUNCTION(pidfd_send_signal) {
  int pidfd, signum, flags = 0;
  PyObject *siginfo = Py_None;
  const wsig_siginfo some = {.size = sizeof some};
  PARSE("ii|Oi:pidfd_send_signal", &pidfd, &signum, &siginfo, &flags);
  return none_or_fail(wsig_pidfd_send_signal(pidfd, signum, siginfo == Py_None ? NULL : &some, (unsigned)flags));
}

FUNCTION(alarm) {
  int seconds;
  unsigned left;
  PARSE("i:alarm", &seconds);
  return wsig_alarm((unsigned)seconds, &left) ? fail() : PyLong_FromUnsignedLong(left);
}

FUNCTION(setitimer) {
  int which;
  double seconds, interval = 0, left, every;
  PARSE("id|d:setitimer", &which, &seconds, &interval);
  return wsig_setitimer(which, seconds, interval, &left, &every) ? fail() : Py_BuildValue("dd", left, every);
}

FUNCTION(getitimer) {
  int which;
  double left, every;
  PARSE("i:getitimer", &which);
  return wsig_getitimer(which, &left, &every) ? fail() : Py_BuildValue("dd", left, every);
}

FUNCTION(pthread_sigmask) {
  int how;
  wsig_set set, previous = {0};
  PARSE("iO&:pthread_sigmask", &how, set_converter, &set);
  return set_or_fail(wsig_pthread_sigmask(how, &set, &previous), previous);
}

static PyObject *signal_sigpending(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
  wsig_set set = {0};
  const int result = wsig_sigpending(&set);
  return set_or_fail(result, set);
}

static PyObject *signal_valid_signals(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) {
  wsig_set set = {0};
  const int result = wsig_valid_signals(&set);
  return set_or_fail(result, set);
}

static PyObject *signal_pause(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none)) { return none_or_fail(wsig_pause()); }

FUNCTION(sigwait) {
  wsig_set set;
  int signum;
  PARSE("O&:sigwait", set_converter, &set);
  return wsig_sigwait(&set, &signum) ? fail() : PyLong_FromLong(signum);
}

FUNCTION(sigwaitinfo) {
  wsig_set set;
  wsig_siginfo info = {.size = sizeof info};
  PARSE("O&:sigwaitinfo", set_converter, &set);
  return siginfo_or_fail(wsig_sigwaitinfo(&set, &info), &info);
}

FUNCTION(sigtimedwait) {
  wsig_set set;
  double timeout;
  wsig_siginfo info = {.size = sizeof info};
  PARSE("O&d:sigtimedwait", set_converter, &set, &timeout);
  const int result = wsig_sigtimedwait(&set, timeout, &info);
  return result == 0 ? Py_NewRef(Py_None) : siginfo_or_fail(result, &info);
}

#define METHOD(name, kind, arguments, text) {#name, (PyCFunction)(void (*)(void))signal_##name, kind, #name arguments "\n--\n\n" text}
static PyMethodDef methods[] = {
    METHOD(default_int_handler, METH_VARARGS, "($module, signalnum, frame, /)", "The default handler for SIGINT: raises KeyboardInterrupt."),
    METHOD(signal, METH_VARARGS, "($module, signalnum, handler, /)", "Set the action for the given signal. The previous action is returned."),
    METHOD(getsignal, METH_VARARGS, "($module, signalnum, /)", "Return the current action for the given signal."),
    METHOD(strsignal, METH_VARARGS, "($module, signalnum, /)", "Return the system description of the given signal."),
    METHOD(siginterrupt, METH_VARARGS, "($module, signalnum, flag, /)", "Change system call restart behaviour."),
    METHOD(set_wakeup_fd, METH_VARARGS | METH_KEYWORDS, "($module, fd, /, *, warn_on_full_buffer=True)", "Set the descriptor that gets the number of each signal that arrives."),
    METHOD(raise_signal, METH_VARARGS, "($module, signalnum, /)", "Send a signal to the executing process."),
    METHOD(pthread_kill, METH_VARARGS, "($module, thread_id, signalnum, /)", "Send a signal to a thread."),
    METHOD(pidfd_send_signal, METH_VARARGS, "($module, pidfd, signalnum, siginfo=None, flags=0, /)", "Send a signal to a process referred to by a pid file descriptor."),
    METHOD(alarm, METH_VARARGS, "($module, seconds, /)", "Arrange for SIGALRM to arrive after the given number of seconds."),
    METHOD(setitimer, METH_VARARGS, "($module, which, seconds, interval=0.0, /)", "Set an interval timer. The old values are returned."),
    METHOD(getitimer, METH_VARARGS, "($module, which, /)", "Return the current value of an interval timer."),
    METHOD(pthread_sigmask, METH_VARARGS, "($module, how, mask, /)", "Fetch and/or change the signal mask of the calling thread."),
    METHOD(sigpending, METH_NOARGS, "($module, /)", "Return the set of signals that are pending for the calling thread."),
    METHOD(valid_signals, METH_NOARGS, "($module, /)", "Return a set of valid signal numbers on this platform."),
    METHOD(pause, METH_NOARGS, "($module, /)", "Wait until a signal arrives."),
    METHOD(sigwait, METH_VARARGS, "($module, sigset, /)", "Wait for a signal of the set, and return its number."),
    METHOD(sigwaitinfo, METH_VARARGS, "($module, sigset, /)", "Wait for a signal of the set, and return a struct_siginfo."),
    METHOD(sigtimedwait, METH_VARARGS, "($module, sigset, timeout, /)", "Like sigwaitinfo(), but with a timeout."),
    {0},
};

static PyStructSequence_Field siginfo_fields[] = {
    {"si_signo", "signal number"},
    {"si_code", "signal code"},
    {"si_errno", "errno associated with this signal"},
    {"si_pid", "sending process ID"},
    {"si_uid", "real user ID of sending process"},
    {"si_status", "exit value or signal"},
    {"si_band", "band event for SIGPOLL"},
    {0},
};
static PyStructSequence_Desc siginfo_description = {"signal.struct_siginfo", "Result from sigwaitinfo or sigtimedwait.", siginfo_fields, 7};

/* Constants are what wasmsig has here, and functions that it has not are taken away. */
static int names(PyObject *module) {
  for (size_t index = 0; index < wsig_name_count(); index++) {
    wsig_name name = {.size = sizeof name};
    if (wsig_name_at(index, &name)) return -1;
    if (name.kind >= WSIG_NAME_HANDLER && PyModule_AddIntConstant(module, name.name, name.value)) return -1;
  }
  for (const PyMethodDef *method = methods; method->ml_name; method++) {
    if (!wsig_has(method->ml_name) && PyObject_DelAttrString(module, method->ml_name)) return -1;
  }
  return 0;
}

/* Also in other interpreters, which share the handlers and may not change them. */
static int execute(PyObject *module) {
  if (!itimer_error && !(itimer_error = PyErr_NewException("signal.itimer_error", PyExc_OSError, NULL))) return -1;
  if (!siginfo_type && !(siginfo_type = PyStructSequence_NewType(&siginfo_description))) return -1;
  if (!default_int_handler && !(default_int_handler = PyObject_GetAttrString(module, "default_int_handler"))) return -1;
  if (PyModule_AddObjectRef(module, "default_int_handler", default_int_handler)) return -1;
  if (PyModule_AddObjectRef(module, "ItimerError", itimer_error)) return -1;
  if (PyModule_AddObjectRef(module, "struct_siginfo", (PyObject *)siginfo_type)) return -1;
  if (!wsig_is_running() && start()) {
    fail();
    return -1;
  }
  return names(module);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_signal", .m_doc = "wasmsig: set handlers for signals.", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit__signal(void) { return PyModuleDef_Init(&definition); }
