// The command wasmsig-instrument.
#include <stdio.h>

#include "instrument/command/arguments.hpp"
#include "instrument/command/whole_files.hpp"
#include "instrument/command/skips.hpp"
#include "wasmsig/instrument.h"

#include <chrono>
#include <memory>

namespace wasmsig::instrument::command {
namespace {

struct Close {
  void operator()(wsig_instrumenter* session) const { wsig_instrument_close(session); }
};
using Session = std::unique_ptr<wsig_instrumenter, Close>;

// Results that the user did not ask for and should know.
void complain(const std::string& input, wsig_instrumenter* session) {
  for (size_t i = 0; const char* const line = wsig_instrument_complaint(session, i); ++i)
    fprintf(stderr, "wasmsig-instrument: %s: %s\n", input.c_str(), line);
}

void instrument(const Arguments& arguments) {
  const auto started = std::chrono::steady_clock::now();
  const WholeFile input = read_file(arguments.input);
  Skips skips(arguments.skips);
  wsig_instrument_options options{};
  options.size = sizeof(options);
  options.memory = arguments.memory;
  options.runtime = arguments.runtime;
  options.maximum_pages = arguments.maximum_pages;
  options.prefers_size = arguments.prefers_size;
  options.import_module = arguments.imports_memory ? arguments.import_module.c_str() : nullptr;
  options.import_name = arguments.imports_memory ? arguments.import_name.c_str() : nullptr;
  options.skip = skips.empty() ? nullptr : Skips::matches;
  options.context = &skips;

  const Session session(wsig_instrument_open(input.bytes.get(), input.size, &options));
  if (!session) throw Failure(arguments.input + ": not enough memory");
  const auto done = [&](bool is_done) {
    if (!is_done) throw Failure(arguments.input + ": " + wsig_instrument_message(session.get()));
  };
  done(!wsig_instrument_error(session.get()));
  done(wsig_instrument_plan(session.get()));
  if (!wsig_instrument_is_done(session.get()))
    for (const std::string& warning : skips.warnings(wsig_instrument_has_names(session.get())))
      wsig_instrument_warn(session.get(), warning.c_str());
  done(wsig_instrument_emit(session.get(), nullptr, nullptr));

  size_t size = 0;
  const uint8_t* const output = wsig_instrument_output(session.get(), &size);
  write_file(arguments.output, output, size);
  const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started);
  const char* const report = wsig_instrument_report(session.get(), 2, static_cast<uint64_t>(passed.count()), nullptr);
  if (!report) throw Failure(arguments.input + ": not enough memory");
  complain(arguments.input, session.get());
  if (arguments.reports) puts(report);
}

}  // namespace

int run(int argc, char** argv) {
  try {
    const Arguments arguments = read_arguments(argc, argv);
    if (!arguments.answer.empty())
      puts(arguments.answer.c_str());
    else
      instrument(arguments);
    return 0;
  } catch (const Failure& failure) {
    fprintf(stderr, "wasmsig-instrument: %s\n", failure.what());
    return 2;
  } catch (const std::exception& failure) {
    fprintf(stderr, "wasmsig-instrument: %s\n", failure.what());
    return 1;
  }
}

}  // namespace wasmsig::instrument::command

int main(int argc, char** argv) { return wasmsig::instrument::command::run(argc, argv); }
