// A library: its user calls its exports, and signals are taken in them. A WASI reactor, and for Emscripten a module without main.
#include <signal.h>
#include <stdlib.h>

#define EXPORT(name) __attribute__((used, export_name(#name)))

static volatile sig_atomic_t got;

static void on_signal(int signo) { got = signo; }

EXPORT(listen_for) void listen_for(int signo) {
  got = 0;
  signal(signo, on_signal);
}

EXPORT(spin) int spin(void) {
  while (!got) {
  }
  return got;
}

EXPORT(taken) int taken(void) { return got; }

EXPORT(raise_here) int raise_here(int signo) { return raise(signo); }

EXPORT(leave) void leave(int code) { exit(code); }
