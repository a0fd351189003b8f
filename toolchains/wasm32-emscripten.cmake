# wasm32-emscripten with the user's Emscripten (EMSDK, or emcc on the PATH), or the one that toolchains/setup.mjs unpacked.
# WASMSIG_PTHREADS=ON compiles and links everything with -pthread: objects with and without it do not mix.
# Flags that some targets need are theirs to add:
#   setjmp            -sSUPPORT_LONGJMP=wasm when compiling and linking
#   C++ exceptions    -fwasm-exceptions when compiling and linking
option(WASMSIG_PTHREADS "Build for Emscripten with threads" OFF)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WASMSIG_PTHREADS)

include("${CMAKE_CURRENT_LIST_DIR}/cmake/find_sdks.cmake")
if(NOT "$ENV{EMSDK}" STREQUAL "")
  set(_wasmsig_emscripten "$ENV{EMSDK}/upstream/emscripten")
else()
  find_program(_wasmsig_emcc emcc NO_CACHE)
  if(_wasmsig_emcc)
    file(REAL_PATH "${_wasmsig_emcc}" _wasmsig_emcc_file)
    get_filename_component(_wasmsig_emcc_folder "${_wasmsig_emcc_file}" DIRECTORY)
    get_filename_component(_wasmsig_path_folder "${_wasmsig_emcc}" DIRECTORY)
    # A distribution may put a link or a script on the PATH; the real folder is the one with the platform file.
    foreach(_wasmsig_folder IN ITEMS "${_wasmsig_emcc_folder}" "${_wasmsig_path_folder}" "$ENV{EMSCRIPTEN_ROOT}" /usr/share/emscripten /usr/lib/emscripten)
      if(NOT _wasmsig_emscripten AND _wasmsig_folder AND EXISTS "${_wasmsig_folder}/cmake/Modules/Platform/Emscripten.cmake")
        set(_wasmsig_emscripten "${_wasmsig_folder}")
      endif()
    endforeach()
  else()
    set(_wasmsig_emscripten "${WASMSIG_SDK_EMSCRIPTEN_ROOT}")
  endif()
endif()
wasmsig_require_sdk(emscripten "${_wasmsig_emscripten}" "set EMSDK")

if(WASMSIG_PTHREADS)
  set(CMAKE_C_FLAGS_INIT "-pthread")
  set(CMAKE_CXX_FLAGS_INIT "-pthread")
endif()
# BOTH, so that CMAKE_PREFIX_PATH finds an installed wasmsig outside the sysroot.
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
set(CMAKE_CROSSCOMPILING_EMULATOR node)
include("${_wasmsig_emscripten}/cmake/Modules/Platform/Emscripten.cmake")

# The project's package.json says that a .js file is an ES module; a program that emcc writes as .js into build/ is not.
if(NOT EXISTS "${CMAKE_BINARY_DIR}/package.json")
  file(WRITE "${CMAKE_BINARY_DIR}/package.json" "{ \"type\": \"commonjs\" }\n")
endif()
