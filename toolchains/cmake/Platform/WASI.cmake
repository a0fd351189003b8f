# CMake 3.25 does not know this system. Like Emscripten it is not UNIX in any sense that helps: tests ask for WASI.
set(WASI 1)
set(CMAKE_EXECUTABLE_SUFFIX ".wasm")
set(CMAKE_DL_LIBS "")
set_property(GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS FALSE)
