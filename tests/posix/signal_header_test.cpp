// What our <signal.h> says on wasm is what the C library's own says, which its objects were compiled with.
#if defined(__wasm__)
#include "signal_header.h"

#include <signal.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "support.hpp"

TEST_CASE("signal.h has the values and the layout of the C library's own") {
  size_t at = 0;
  for (; signal_header_ours[at].name; at++) {
    const signal_header_row &ours = signal_header_ours[at], &theirs = signal_header_theirs[at];
    INFO(ours.name);
    REQUIRE(theirs.name);
    REQUIRE(std::strcmp(ours.name, theirs.name) == 0);
    CHECK(ours.value == theirs.value);
  }
  CHECK(!signal_header_theirs[at].name);
  CHECK(at > 150);
}
#endif
