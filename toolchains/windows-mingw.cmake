# 64-bit Windows with mingw-w64, run by wine. Of mingw-w64's two variants the one with POSIX threads has std::thread.
include("${CMAKE_CURRENT_LIST_DIR}/cmake/find_sdks.cmake")
wasmsig_require_sdk(windows "${WASMSIG_SDK_WINDOWS_CXX}" "install mingw-w64 and wine")
wasmsig_require_sdk(windows "${WASMSIG_SDK_WINE_RUN}" "install mingw-w64 and wine")

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER "${WASMSIG_SDK_WINDOWS_CC}")
set(CMAKE_CXX_COMPILER "${WASMSIG_SDK_WINDOWS_CXX}")
set(CMAKE_RC_COMPILER "${WASMSIG_SDK_WINDOWS_RC}")
# Otherwise wine would have to find libstdc++-6.dll and libwinpthread-1.dll.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)

set(CMAKE_CROSSCOMPILING_EMULATOR "${WASMSIG_SDK_WINE_RUN}")
