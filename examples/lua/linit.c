/*
 * Which libraries this Lua has: all standard ones, and `signal` ready for require. Lua's own linit.c is the file that embedders
 * replace for this; everything else of Lua is as it comes.
 */
#include <stddef.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

int luaopen_signal(lua_State *L);

static const luaL_Reg standard[] = {{LUA_GNAME, luaopen_base},
                                    {LUA_LOADLIBNAME, luaopen_package},
                                    {LUA_COLIBNAME, luaopen_coroutine},
                                    {LUA_TABLIBNAME, luaopen_table},
                                    {LUA_IOLIBNAME, luaopen_io},
                                    {LUA_OSLIBNAME, luaopen_os},
                                    {LUA_STRLIBNAME, luaopen_string},
                                    {LUA_MATHLIBNAME, luaopen_math},
                                    {LUA_UTF8LIBNAME, luaopen_utf8},
                                    {LUA_DBLIBNAME, luaopen_debug},
                                    {NULL, NULL}};

void luaL_openlibs(lua_State *L) {
  for (const luaL_Reg *library = standard; library->func; library++) {
    luaL_requiref(L, library->name, library->func, 1);
    lua_pop(L, 1);
  }
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_signal);
  lua_setfield(L, -2, "signal");
  lua_pop(L, 1);
}
