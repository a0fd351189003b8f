/* writer.c as a program that opens files, for which emcc has another output path. */
#define WITH_FILES 1
#include "writer.c"
