// Names as JavaScript hosts see them, who decode them as UTF-8 with replacement characters.
#pragma once

#include "instrument/memory.hpp"

namespace wasmsig::instrument {

// The name decoded and encoded again: without a byte order mark, and with U+FFFD for what is no UTF-8. It is `raw`
// itself if nothing changes.
Bytes decoded(Memory& memory, Bytes raw);

// The text behind the white space with which it begins, in the sense of ECMAScript.
Bytes without_leading_space(Bytes text);

}  // namespace wasmsig::instrument
