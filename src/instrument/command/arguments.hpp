// The arguments of the command.
#pragma once

#include <stdint.h>
#include <stdexcept>
#include <string>
#include <vector>

#include "wasmsig/instrument.h"

namespace wasmsig::instrument::command {

// Wrong usage, an unreadable file, or a module that cannot be instrumented: exit status 2.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Arguments {
  std::string answer;  // not empty: it is printed, and nothing else is done
  std::string input;
  std::string output;
  wsig_instrument_memory memory = WSIG_INSTRUMENT_DEFAULT;
  wsig_instrument_runtime runtime = WSIG_INSTRUMENT_RUNTIME_DEFAULT;
  uint32_t maximum_pages = 0;
  bool prefers_size = false;
  bool imports_memory = false;
  std::string import_module;
  std::string import_name;
  std::vector<std::string> skips;
  bool reports = false;
};

Arguments read_arguments(int argc, char** argv);

}  // namespace wasmsig::instrument::command
