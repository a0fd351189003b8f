// Seconds as Python gives them, and clocks' whole units.
#pragma once

#include <stdint.h>

namespace wasmsig::signal_module {

enum class Seconds { kFine, kNotANumber, kTooLarge };

// Rounds up to whole nanoseconds, so that a tiny positive time never becomes 0.
Seconds to_nanoseconds(double seconds, int64_t* ns);

int fail_seconds(Seconds problem);

}  // namespace wasmsig::signal_module
