/* The version of wasmsig, in one place: CMake, the package and the library read it here. */
#ifndef WASMSIG_VERSION_H
#define WASMSIG_VERSION_H

#define WSIG_VERSION_MAJOR 0
#define WSIG_VERSION_MINOR 1
#define WSIG_VERSION_PATCH 0
#define WSIG_VERSION_STRING "0.1.0"
/* One number that grows with every release: 100 is 0.1.0. */
#define WSIG_VERSION (WSIG_VERSION_MAJOR * 10000 + WSIG_VERSION_MINOR * 100 + WSIG_VERSION_PATCH)

#endif
