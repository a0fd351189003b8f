#pragma once

#include <functional>

#include "program.hpp"

namespace wasmsig::parity {

// The shortest and simplest program found for which `fails` still holds.
Program shrink(Program program, const std::function<bool(const Program&)>& fails);

}  // namespace wasmsig::parity
