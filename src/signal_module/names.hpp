// Which names the module has here: signals.def, the platform's column, the edition.
#pragma once

#include "platform/platform.h"
#include "wasmsig/wasmsig.h"

namespace wasmsig::signal_module {

// Whether a name exists in a platform's column and edition, by the table alone.
bool listed(const char* name, wsig_platform_names column, int edition);

// The first check of every function that not all platforms and editions have: 0, or a recorded WSIG_E_UNAVAILABLE.
int require_name(const char* name);

// The first checks of every function: the module runs, and has the name.
int require(const char* name);

}  // namespace wasmsig::signal_module
