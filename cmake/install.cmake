# What `cmake --install` puts into a prefix, which may be moved afterwards:
#
#   include/wasmsig/                     the public headers
#   include/wasmsig/posix/               wasm: the headers laid over the C library's
#   lib/libwasmsig.a, libwasmsig-alone.a (the latter: WASI)
#   lib/libwasmsig-instrument.a,
#   bin/wasmsig-instrument               not on wasm, in the component `instrument`: the rewriter
#   lib/wasmsig/library_wasmsig.js       Emscripten: what emcc links with it
#   lib/cmake/wasmsig/                   find_package(wasmsig CONFIG): wasmsig::wasmsig, wasmsig::alone, wasmsig::instrument
#   lib/pkgconfig/                       wasmsig.pc, wasmsig-alone.pc, wasmsig-instrument.pc

include(CMakePackageConfigHelpers)

set(wasmsig_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/wasmsig)
set(wasmsig_pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Writes and installs NAME.pc for a library of that name. Paths are relative to the file itself, so that the prefix can be moved.
function(wasmsig_install_pkgconfig name description)
  file(RELATIVE_PATH prefix /prefix/${wasmsig_pkgconfig_dir} /prefix)
  string(REGEX REPLACE "/$" "" prefix ${prefix})
  set(cflags "-I\${includedir}")
  set(libs "-L\${libdir} -l${name}")
  if(WASMSIG_WASM)
    # One word: of two, pkgconf splits a path with a space.
    set(cflags "-isystem\${includedir}/wasmsig/posix ${cflags}")
    string(APPEND libs " ${WASMSIG_KEEP_PROCESS}")
  endif()
  if(EMSCRIPTEN)
    string(APPEND libs " --js-library=\${libdir}/wasmsig/library_wasmsig.js -lexports.js")
  elseif(WIN32)
    string(APPEND libs " -lws2_32")
  endif()
  if(WASMSIG_PTHREADS OR WASMSIG_PLATFORM STREQUAL "posix")
    string(APPEND cflags " -pthread")
    string(APPEND libs " -pthread")
  endif()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/wasmsig.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${wasmsig_pkgconfig_dir})
endfunction()

set(wasmsig_targets wasmsig)
wasmsig_install_pkgconfig(wasmsig "${PROJECT_DESCRIPTION}")
if(WASI)
  list(APPEND wasmsig_targets wasmsig_alone)
  wasmsig_install_pkgconfig(wasmsig-alone "${PROJECT_DESCRIPTION}, for hosts that know nothing of it")
endif()

install(TARGETS ${wasmsig_targets} EXPORT wasmsig FILE_SET HEADERS ARCHIVE)
if(NOT WASMSIG_WASM)
  install(TARGETS wasmsig_instrument EXPORT wasmsig FILE_SET HEADERS COMPONENT instrument ARCHIVE COMPONENT instrument)
  install(TARGETS wasmsig_instrument_command RUNTIME COMPONENT instrument)
  wasmsig_install_pkgconfig(wasmsig-instrument "The rewriter of ${PROJECT_NAME}: safe points for WebAssembly modules")
endif()
if(WASMSIG_WASM)
  install(DIRECTORY src/include/posix DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/wasmsig)
endif()
if(EMSCRIPTEN)
  install(FILES ${WASMSIG_JS_LIBRARY} DESTINATION ${CMAKE_INSTALL_LIBDIR}/wasmsig)
endif()

install(EXPORT wasmsig NAMESPACE wasmsig:: FILE wasmsigTargets.cmake DESTINATION ${wasmsig_cmake_dir})
configure_package_config_file(cmake/wasmsigConfig.cmake.in ${PROJECT_BINARY_DIR}/wasmsigConfig.cmake
                              INSTALL_DESTINATION ${wasmsig_cmake_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interfaces.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/wasmsigConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/wasmsigConfig.cmake ${PROJECT_BINARY_DIR}/wasmsigConfigVersion.cmake cmake/platform.cmake
        DESTINATION ${wasmsig_cmake_dir})
