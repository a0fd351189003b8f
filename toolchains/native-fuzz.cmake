# This machine, with the clang that toolchains/setup.mjs found: GCC has no libFuzzer.
include("${CMAKE_CURRENT_LIST_DIR}/cmake/find_sdks.cmake")
wasmsig_require_sdk(fuzzer "${WASMSIG_SDK_CLANGXX}" "use another preset")
set(CMAKE_C_COMPILER "${WASMSIG_SDK_CLANG}")
set(CMAKE_CXX_COMPILER "${WASMSIG_SDK_CLANGXX}")
