# wasm32-wasip1 with the WASI SDK of WASI_SDK_PATH, or the one that toolchains/setup.mjs made. Both have the same layout.
#
# Sets WASMSIG_WASI_EXCEPTIONS: whether libc++ has C++ exceptions. Flags that some targets need are theirs to add:
#   setjmp            -mllvm -wasm-enable-sjlj when compiling, -lsetjmp when linking
#   C++ exceptions    -fwasm-exceptions when compiling and linking
include("${CMAKE_CURRENT_LIST_DIR}/cmake/find_sdks.cmake")

if(NOT "$ENV{WASI_SDK_PATH}" STREQUAL "")
  set(_wasmsig_wasi_sdk "$ENV{WASI_SDK_PATH}")
else()
  set(_wasmsig_wasi_sdk "${WASMSIG_SDK_WASI_ROOT}")
endif()
wasmsig_require_sdk(wasi "${_wasmsig_wasi_sdk}" "set WASI_SDK_PATH")

list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}/cmake")
set(CMAKE_SYSTEM_NAME WASI)
set(CMAKE_SYSTEM_VERSION 1)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_SYSROOT "${_wasmsig_wasi_sdk}/share/wasi-sysroot")
set(CMAKE_C_COMPILER "${_wasmsig_wasi_sdk}/bin/clang")
set(CMAKE_CXX_COMPILER "${_wasmsig_wasi_sdk}/bin/clang++")
set(CMAKE_ASM_COMPILER "${_wasmsig_wasi_sdk}/bin/clang")
set(CMAKE_AR "${_wasmsig_wasi_sdk}/bin/llvm-ar")
set(CMAKE_RANLIB "${_wasmsig_wasi_sdk}/bin/llvm-ranlib")
set(CMAKE_NM "${_wasmsig_wasi_sdk}/bin/llvm-nm")
set(CMAKE_STRIP "${_wasmsig_wasi_sdk}/bin/llvm-strip")
foreach(_wasmsig_language IN ITEMS C CXX ASM)
  set(CMAKE_${_wasmsig_language}_COMPILER_TARGET wasm32-wasip1)
endforeach()
unset(_wasmsig_language)

# The table of symbols of the archive has this name only where exceptions are compiled in.
set(WASMSIG_WASI_EXCEPTIONS OFF)
foreach(_wasmsig_folder IN ITEMS wasm32-wasip1 wasm32-wasi)
  set(_wasmsig_abi "${CMAKE_SYSROOT}/lib/${_wasmsig_folder}/libc++abi.a")
  if(NOT WASMSIG_WASI_EXCEPTIONS AND EXISTS "${_wasmsig_abi}")
    file(STRINGS "${_wasmsig_abi}" _wasmsig_symbol REGEX "^__cxa_throw$" LIMIT_COUNT 1)
    if(_wasmsig_symbol)
      set(WASMSIG_WASI_EXCEPTIONS ON)
    endif()
  endif()
endforeach()
unset(_wasmsig_folder)
unset(_wasmsig_abi)
unset(_wasmsig_symbol)
unset(_wasmsig_wasi_sdk)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
# BOTH, so that CMAKE_PREFIX_PATH finds an installed wasmsig outside the sysroot.
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)

get_filename_component(_wasmsig_runner "${CMAKE_CURRENT_LIST_DIR}/../tests/run_guest.mjs" ABSOLUTE)
set(CMAKE_CROSSCOMPILING_EMULATOR node --no-warnings "${_wasmsig_runner}")
unset(_wasmsig_runner)
