# Written by toolchains/setup.mjs: the SDKs that it found or made, as WASMSIG_SDK_... variables.
file(GLOB _wasmsig_sdk_files "${CMAKE_CURRENT_LIST_DIR}/cmake/*.cmake")
foreach(_wasmsig_sdk_file IN LISTS _wasmsig_sdk_files)
  include("${_wasmsig_sdk_file}")
endforeach()
unset(_wasmsig_sdk_files)
unset(_wasmsig_sdk_file)
