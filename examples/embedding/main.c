/* Lua with the module `signal`: runs one script. What an embedder's own main() looks like. */
#include <stdio.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

int luaopen_signal(lua_State *L);

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "Usage: %s SCRIPT.lua\n", argv[0]);
    return 2;
  }
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  luaL_requiref(L, "signal", luaopen_signal, 0);
  const int failed = luaL_dofile(L, argv[1]);
  if (failed) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return failed;
}
