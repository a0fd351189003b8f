# Reads what toolchains/setup.mjs wrote into the cache folder, if it ever ran: WASMSIG_SDK_... variables.
# The folder's name is found in the same way as in toolchains/lib/cache.mjs.
if(NOT "$ENV{WASMSIG_CACHE}" STREQUAL "")
  set(_wasmsig_cache "$ENV{WASMSIG_CACHE}")
elseif(NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(_wasmsig_cache "$ENV{XDG_CACHE_HOME}/wasmsig")
else()
  set(_wasmsig_cache "$ENV{HOME}/.cache/wasmsig")
endif()
include("${_wasmsig_cache}/sdks.cmake" OPTIONAL)
unset(_wasmsig_cache)

# Ends the configuration with one line that says what to do, unless PATH exists.
function(wasmsig_require_sdk component path otherwise)
  if("${path}" STREQUAL "" OR NOT EXISTS "${path}")
    message(FATAL_ERROR "There is no SDK for ${component}: run \"node toolchains/setup.mjs --only ${component}\", or ${otherwise}.")
  endif()
endfunction()
