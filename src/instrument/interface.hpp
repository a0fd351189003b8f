// What the session of the C interface is.
#pragma once

#include "instrument/session.hpp"
#include "wasmsig/instrument.h"

struct wsig_instrumenter {
  wasmsig::instrument::Session session;
  const char* message = "";
};
