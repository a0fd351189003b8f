/*
 * A small `signal` module for Lua, in POSIX C: nothing here knows that it runs in wasm.
 *
 *   signal.signal(name, handler)   name such as "SIGALRM"; handler: function (name, number), "default" or "ignore". Returns the former.
 *   signal.alarm(seconds)          returns the seconds left of the former alarm
 *   signal.raise(name)
 *   signal.pause()
 *
 * A C handler only notes the signal and asks Lua to stop at its next instruction, by the hook that lua.c uses for the same
 * purpose; the Lua handler runs there. An error that it raises goes to whatever the program was doing.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "lauxlib.h"
#include "lua.h"

#define HANDLERS "signal.handlers"

static lua_State *main_state;
static volatile sig_atomic_t arrived[NSIG];

static const struct {
  const char *name;
  int number;
} names[] = {{"SIGHUP", SIGHUP},   {"SIGINT", SIGINT},     {"SIGQUIT", SIGQUIT},   {"SIGALRM", SIGALRM},
             {"SIGTERM", SIGTERM}, {"SIGUSR1", SIGUSR1},   {"SIGUSR2", SIGUSR2},   {"SIGCONT", SIGCONT},
             {"SIGTSTP", SIGTSTP}, {"SIGVTALRM", SIGVTALRM}, {"SIGPROF", SIGPROF}, {"SIGWINCH", SIGWINCH}};
enum { NAMES = sizeof names / sizeof names[0] };

static int next_arrived(void) {
  for (int i = 0; i < NAMES; i++) {
    if (arrived[names[i].number]) return i;
  }
  return -1;
}

static void run_handlers(lua_State *L, lua_Debug *unused) {
  (void)unused;
  const int i = next_arrived();
  if (i >= 0) arrived[names[i].number] = 0;
  if (next_arrived() < 0) lua_sethook(L, NULL, 0, 0); /* otherwise it comes again, also after an error */
  if (i < 0) return;
  lua_getfield(L, LUA_REGISTRYINDEX, HANDLERS);
  if (lua_getfield(L, -1, names[i].name) == LUA_TFUNCTION) {
    lua_pushstring(L, names[i].name);
    lua_pushinteger(L, names[i].number);
    lua_call(L, 2, 0);
    lua_pop(L, 1);
  } else {
    lua_pop(L, 2);
  }
}

/* lua_sethook() is the one function of Lua that a handler may call. */
static void note(int number) {
  arrived[number] = 1;
  lua_sethook(main_state, run_handlers, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static int number_of(lua_State *L, int index) {
  const char *name = luaL_checkstring(L, index);
  for (int i = 0; i < NAMES; i++) {
    if (strcmp(name, names[i].name) == 0) return names[i].number;
  }
  return luaL_argerror(L, index, "no such signal");
}

static int set_handler(lua_State *L) {
  const int number = number_of(L, 1);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  if (lua_isfunction(L, 2)) {
    action.sa_handler = note; /* without SA_RESTART: a blocking call ends, so that the handler runs soon */
  } else {
    static const char *const kinds[] = {"default", "ignore", NULL};
    action.sa_handler = luaL_checkoption(L, 2, NULL, kinds) == 0 ? SIG_DFL : SIG_IGN;
  }
  lua_settop(L, 2);
  if (sigaction(number, &action, NULL) != 0) return luaL_fileresult(L, 0, NULL);
  lua_getfield(L, LUA_REGISTRYINDEX, HANDLERS);
  lua_getfield(L, -1, lua_tostring(L, 1));
  lua_pushvalue(L, 2);
  lua_setfield(L, -3, lua_tostring(L, 1));
  return 1;
}

static int set_alarm(lua_State *L) {
  const lua_Integer seconds = luaL_checkinteger(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= 0x7fffffff, 1, "out of range");
  lua_pushinteger(L, (lua_Integer)alarm((unsigned)seconds));
  return 1;
}

static int raise_signal(lua_State *L) {
  return luaL_fileresult(L, raise(number_of(L, 1)) == 0, NULL);
}

static int pause_here(lua_State *L) {
  pause();
  lua_settop(L, 0);
  return 0;
}

int luaopen_signal(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"signal", set_handler}, {"alarm", set_alarm}, {"raise", raise_signal}, {"pause", pause_here}, {NULL, NULL}};
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  main_state = lua_tothread(L, -1);
  lua_newtable(L);
  lua_setfield(L, LUA_REGISTRYINDEX, HANDLERS);
  luaL_newlib(L, functions);
  return 1;
}
