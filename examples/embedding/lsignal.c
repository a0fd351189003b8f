/*
 * Python's `signal` module for Lua, on wasmsig: docs/embedding.md explains it part by part. The same file serves Linux, Windows and wasm.
 *
 *   local signal = require "signal"
 *   signal.signal(signal.SIGALRM, function(signum) error("too late") end)
 *   signal.alarm(5)
 *
 * Functions, constants and errors are Python's; a name that the platform lacks is nil. Sets are lists of numbers in ascending order. A failed call
 * raises "ValueError: ...", "OSError: [Errno 22] ..." and so on; what a handler raises comes out of the code that it interrupted. Lua's hooks belong to one
 * coroutine, here to the main one: a signal that arrives while another one computes is handled when that yields or calls this module.
 */
#include <string.h>

#include "lauxlib.h"
#include "lua.h"
#include "wasmsig/wasmsig.h"

/* ---- what Lua and wasmsig call of each other ------------------------------------------------------------------------- */

static lua_State *main_state;
static lua_State *current; /* who calls now: handlers run on it */
static char handlers;      /* &handlers: key in the registry of the table number -> Lua function */
static char error_raised;  /* &error_raised: what a handler raised, on its way to its caller */
static int fail(lua_State *L, int result) {
  if (result == WSIG_E_RAISED) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &error_raised);
    return lua_error(L);
  }
  wsig_error error = {.size = sizeof error};
  wsig_last_error(&error);
  const char *kind = wsig_error_kind_name(error.kind);
  if (error.number) return luaL_error(L, "%s: [Errno %d] %s", kind, error.number, error.text);
  return luaL_error(L, *error.detail ? "%s: %s (%s)" : "%s: %s", kind, error.text, error.detail);
}

static void check(lua_State *L, int result) {
  if (result < 0) fail(L, result);
}

static int raise_from_top(lua_State *L) {
  lua_rawsetp(L, LUA_REGISTRYINDEX, &error_raised);
  return -1;
}

static int run_handler(int signum, void *frame, void *data) {
  lua_State *L = current;
  (void)frame, (void)data;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &handlers);
  lua_rawgeti(L, -1, signum);
  lua_remove(L, -2);
  lua_pushinteger(L, signum);
  return lua_pcall(L, 1, 0, 0) == LUA_OK ? 0 : raise_from_top(L);
}

static int keyboard_interrupt(void *frame, void *hook_data) {
  (void)frame, (void)hook_data;
  lua_pushliteral(current, "KeyboardInterrupt");
  return raise_from_top(current);
}

static void safe_point(lua_State *L, lua_Debug *unused) {
  (void)unused;
  current = L;
  lua_sethook(L, NULL, 0, 0);
  check(L, wsig_check_signals(NULL));
}

/* Runs in real signal handlers, and at the safe points of instrumented wasm. lua_sethook() is Lua's one async-signal-safe function. */
static void tripped(void *hook_data) {
  (void)hook_data;
  lua_sethook(main_state, safe_point, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* ---- the module ----------------------------------------------------------------------------------------------------- */

static wsig_action to_action(lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TFUNCTION: return wsig_callable(run_handler, NULL);
    case LUA_TNUMBER:
      if (lua_tointeger(L, index) == WSIG_ACTION_DEFAULT) return wsig_default();
      if (lua_tointeger(L, index) == WSIG_ACTION_IGNORE) return wsig_ignore();
  }
  return wsig_action_make(WSIG_ACTION_NONE, NULL, NULL); /* which wsig_signal() refuses, with Python's words */
}

static int push_action(lua_State *L, int signum, const wsig_action *action) {
  if (action->kind == WSIG_ACTION_NONE) {
    lua_pushnil(L);
  } else if (action->kind != WSIG_ACTION_CALLABLE) {
    lua_pushinteger(L, action->kind);
  } else {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &handlers);
    lua_rawgeti(L, -1, signum);
  }
  return 1;
}

static int to_signum(lua_State *L, int index) { return (int)luaL_checkinteger(L, index); }

static wsig_set to_set(lua_State *L, int index) {
  wsig_set set = {0};
  luaL_checktype(L, index, LUA_TTABLE);
  for (lua_Integer i = 1; lua_rawgeti(L, index, i) != LUA_TNIL; i++) {
    check(L, wsig_set_add(&set, (long)luaL_checkinteger(L, -1)));
    lua_pop(L, 1);
  }
  return set;
}

static int push_set(lua_State *L, int result, wsig_set set) {
  check(L, result);
  lua_newtable(L);
  for (int signum = 1, count = 0; signum <= 64; signum++) {
    if (!wsig_set_has(set, signum)) continue;
    lua_pushinteger(L, signum);
    lua_rawseti(L, -2, ++count);
  }
  return 1;
}

static int l_signal(lua_State *L) {
  const int signum = to_signum(L, 1);
  const wsig_action action = to_action(L, 2);
  wsig_action previous = {.size = sizeof previous};
  current = L;
  check(L, wsig_signal(signum, &action, &previous));
  push_action(L, signum, &previous);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &handlers);
  lua_pushvalue(L, 2);
  lua_rawseti(L, -2, signum);
  lua_pop(L, 1);
  return 1;
}

static int l_getsignal(lua_State *L) {
  wsig_action action = {.size = sizeof action};
  check(L, wsig_getsignal(to_signum(L, 1), &action));
  return push_action(L, to_signum(L, 1), &action);
}

static int l_raise_signal(lua_State *L) {
  current = L;
  check(L, wsig_raise_signal(to_signum(L, 1)));
  return 0;
}

static int l_alarm(lua_State *L) {
  unsigned left;
  check(L, wsig_alarm((unsigned)luaL_checkinteger(L, 1), &left));
  lua_pushinteger(L, left);
  return 1;
}

static int l_setitimer(lua_State *L) {
  double seconds, interval;
  check(L, wsig_setitimer((int)luaL_checkinteger(L, 1), luaL_checknumber(L, 2), luaL_optnumber(L, 3, 0), &seconds, &interval));
  lua_pushnumber(L, seconds);
  lua_pushnumber(L, interval);
  return 2;
}

static int l_getitimer(lua_State *L) {
  double seconds, interval;
  check(L, wsig_getitimer((int)luaL_checkinteger(L, 1), &seconds, &interval));
  lua_pushnumber(L, seconds);
  lua_pushnumber(L, interval);
  return 2;
}

static int l_pause(lua_State *L) {
  current = L;
  check(L, wsig_pause());
  return 0;
}

static int l_pthread_sigmask(lua_State *L) {
  const wsig_set set = to_set(L, 2);
  wsig_set previous;
  current = L;
  return push_set(L, wsig_pthread_sigmask((int)luaL_checkinteger(L, 1), &set, &previous), previous);
}

static int l_sigpending(lua_State *L) {
  wsig_set set;
  return push_set(L, wsig_sigpending(&set), set);
}

static int l_sigwait(lua_State *L) {
  const wsig_set set = to_set(L, 1);
  int signum;
  current = L;
  check(L, wsig_sigwait(&set, &signum));
  lua_pushinteger(L, signum);
  return 1;
}

static int push_siginfo(lua_State *L, const wsig_siginfo *info) {
  const struct {
    const char *name;
    lua_Integer value;
  } fields[] = {{"si_signo", info->signo}, {"si_code", info->code},     {"si_errno", info->error}, {"si_pid", info->pid},
                {"si_uid", info->uid},     {"si_status", info->status}, {"si_band", (lua_Integer)info->band}};
  lua_newtable(L);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    lua_pushinteger(L, fields[i].value);
    lua_setfield(L, -2, fields[i].name);
  }
  return 1;
}

static int l_sigwaitinfo(lua_State *L) {
  const wsig_set set = to_set(L, 1);
  wsig_siginfo info = {.size = sizeof info};
  current = L;
  check(L, wsig_sigwaitinfo(&set, &info));
  return push_siginfo(L, &info);
}

static int l_sigtimedwait(lua_State *L) {
  const wsig_set set = to_set(L, 1);
  wsig_siginfo info = {.size = sizeof info};
  current = L;
  const int result = wsig_sigtimedwait(&set, luaL_checknumber(L, 2), &info);
  check(L, result);
  return result ? push_siginfo(L, &info) : 0;
}

static int l_siginterrupt(lua_State *L) {
  luaL_checkany(L, 2);
  check(L, wsig_siginterrupt(to_signum(L, 1), lua_toboolean(L, 2)));
  return 0;
}

static int l_set_wakeup_fd(lua_State *L) {
  intptr_t previous;
  check(L, wsig_set_wakeup_fd((intptr_t)luaL_checkinteger(L, 1), lua_isnoneornil(L, 2) || lua_toboolean(L, 2), &previous));
  lua_pushinteger(L, (lua_Integer)previous);
  return 1;
}

static int l_pthread_kill(lua_State *L) {
  current = L;
  check(L, wsig_pthread_kill((uintptr_t)luaL_checkinteger(L, 1), to_signum(L, 2)));
  return 0;
}

static int l_pidfd_send_signal(lua_State *L) {
  static const wsig_siginfo given = {.size = sizeof given};
  check(L, wsig_pidfd_send_signal((int)luaL_checkinteger(L, 1), to_signum(L, 2), lua_isnoneornil(L, 3) ? NULL : &given,
                                  (unsigned)luaL_optinteger(L, 4, 0)));
  return 0;
}

static int l_strsignal(lua_State *L) {
  const char *description;
  check(L, wsig_strsignal(to_signum(L, 1), &description));
  lua_pushstring(L, description); /* nil where there is none */
  return 1;
}

static int l_valid_signals(lua_State *L) {
  wsig_set set;
  return push_set(L, wsig_valid_signals(&set), set);
}

static int l_default_int_handler(lua_State *L) { return luaL_error(L, "KeyboardInterrupt"); }

static const luaL_Reg functions[] = {{"alarm", l_alarm},
                                     {"default_int_handler", l_default_int_handler},
                                     {"getitimer", l_getitimer},
                                     {"getsignal", l_getsignal},
                                     {"pause", l_pause},
                                     {"pidfd_send_signal", l_pidfd_send_signal},
                                     {"pthread_kill", l_pthread_kill},
                                     {"pthread_sigmask", l_pthread_sigmask},
                                     {"raise_signal", l_raise_signal},
                                     {"set_wakeup_fd", l_set_wakeup_fd},
                                     {"setitimer", l_setitimer},
                                     {"siginterrupt", l_siginterrupt},
                                     {"signal", l_signal},
                                     {"sigpending", l_sigpending},
                                     {"sigtimedwait", l_sigtimedwait},
                                     {"sigwait", l_sigwait},
                                     {"sigwaitinfo", l_sigwaitinfo},
                                     {"strsignal", l_strsignal},
                                     {"valid_signals", l_valid_signals},
                                     {NULL, NULL}};

static int stop(lua_State *L) {
  (void)L;
  if (wsig_is_running()) wsig_finalize();
  return 0;
}

int luaopen_signal(lua_State *L) {
  wsig_config config = {.size = sizeof config, .edition = WSIG_EDITION_EXTENDED};
  config.keyboard_interrupt = keyboard_interrupt;
  config.tripped = tripped;
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  main_state = current = lua_tothread(L, -1);
  check(L, wsig_init(&config));
  lua_newtable(L); /* the handlers: SIGINT has one already, unless it was ignored */
  lua_pushcfunction(L, l_default_int_handler);
  lua_rawseti(L, -2, WSIG_SIGINT);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &handlers);

  lua_newtable(L); /* its __gc ends the module with the state */
  lua_newtable(L);
  lua_pushcfunction(L, stop);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_setfield(L, LUA_REGISTRYINDEX, "signal.life");

  lua_newtable(L);
  for (const luaL_Reg *entry = functions; entry->name; entry++) {
    if (!wsig_has(entry->name)) continue; /* what the platform lacks does not exist */
    lua_pushcfunction(L, entry->func);
    lua_setfield(L, -2, entry->name);
  }
  for (size_t i = 0; i < wsig_name_count(); i++) {
    wsig_name name = {.size = sizeof name};
    if (wsig_name_at(i, &name) == 0 && name.kind >= WSIG_NAME_HANDLER) {
      lua_pushinteger(L, name.value);
      lua_setfield(L, -2, name.name);
    }
  }
  return 1;
}
