/* The old name of <signal.h>, without the C library's warning. */
#include <signal.h>
