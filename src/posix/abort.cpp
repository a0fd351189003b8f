#include <stdlib.h>

#include "process/process.hpp"

extern "C" _Noreturn void abort(void) { wasmsig::process::abort(); }
