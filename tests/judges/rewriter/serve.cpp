// Instruments what it reads on standard input, so that a judge need not start a program for every module. It trusts its
// judge. Numbers have 4 bytes, the lowest first; texts and modules are preceded by their sizes.
//
//     in:  memory, maximum pages, whether the memory is imported, module, name, validates; skipped names: their number, then
//          they; the module
//     out: 1 and the module's state before the plan is made (an empty text: no error); 1 waits for the judge's answer:
//          0: ask about its memories, 1: go on
//          ... then as often as the judge wants: the landings' number and they, the output; in: the number of functions that
//          may have a landing (UINT32_MAX: all) and they, or UINT32_MAX - 1: done
//          ... then the report
//     An error is a 0, its code and its message.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <string>
#include <vector>

#include "wasmsig/instrument.h"

namespace {

uint32_t read_number() {
  unsigned char bytes[4];
  if (fread(bytes, 1, 4, stdin) != 4) exit(0);
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<uint32_t>(bytes[3]) << 24;
}

std::string read_text() {
  std::string text(read_number(), '\0');
  if (fread(text.data(), 1, text.size(), stdin) != text.size()) exit(0);
  return text;
}

void write_number(uint32_t value) {
  const unsigned char bytes[] = {static_cast<unsigned char>(value), static_cast<unsigned char>(value >> 8),
                                 static_cast<unsigned char>(value >> 16), static_cast<unsigned char>(value >> 24)};
  fwrite(bytes, 1, 4, stdout);
}

void write_bytes(const void* bytes, size_t size) {
  write_number(static_cast<uint32_t>(size));
  fwrite(bytes, 1, size, stdout);
}

struct Skips {
  std::vector<std::string> names;
  std::vector<bool> used;

  static bool matches(void* context, const char* name, size_t length) {
    auto& skips = *static_cast<Skips*>(context);
    bool result = false;
    for (size_t i = 0; i < skips.names.size(); ++i) {
      if (skips.names[i] != std::string(name, length)) continue;
      skips.used[i] = result = true;
    }
    return result;
  }
};

bool lands(void* context, uint32_t function) {
  const auto& list = *static_cast<std::vector<uint32_t>*>(context);
  for (const uint32_t one : list)
    if (one == function) return true;
  return false;
}

// Whether there is none.
bool report_error(const wsig_instrumenter* session) {
  const char* const code = wsig_instrument_error(session);
  write_number(code ? 0 : 1);
  if (!code) return true;
  write_bytes(code, strlen(code));
  write_bytes(wsig_instrument_message(session), strlen(wsig_instrument_message(session)));
  return false;
}

void emit(wsig_instrumenter* session) {
  std::vector<uint32_t> list;
  bool is_all = true;
  for (;;) {
    wsig_instrument_emit(session, is_all ? nullptr : lands, &list);
    if (!report_error(session)) return;
    size_t size = 0;
    const uint32_t* const landings = wsig_instrument_landings(session, &size);
    write_number(static_cast<uint32_t>(size));
    for (size_t i = 0; i < size; ++i) write_number(landings[i]);
    const uint8_t* const output = wsig_instrument_output(session, &size);
    write_bytes(output, size);
    fflush(stdout);
    const uint32_t count = read_number();
    if (count == UINT32_MAX - 1) break;
    is_all = count == UINT32_MAX;
    list.clear();
    for (uint32_t i = 0; !is_all && i < count; ++i) list.push_back(read_number());
  }
  size_t size = 0;
  const char* const report = wsig_instrument_report(session, 0, 0, &size);
  write_bytes(report, size);
}

void serve() {
  wsig_instrument_options options{};
  options.size = sizeof(options);
  options.memory = static_cast<wsig_instrument_memory>(read_number());
  options.maximum_pages = read_number();
  const bool imports = read_number() != 0;
  const std::string import_module = read_text();
  const std::string import_name = read_text();
  const bool validates = read_number() != 0;
  if (imports) {
    options.import_module = import_module.c_str();
    options.import_name = import_name.c_str();
  }
  Skips skips;
  for (uint32_t count = read_number(); count > 0; --count) skips.names.push_back(read_text());
  skips.used.resize(skips.names.size());
  options.skip = skips.names.empty() ? nullptr : Skips::matches;
  options.context = &skips;
  const std::string text = read_text();
  // An allocation of its own, so that a sanitizer sees a read behind it.
  const std::vector<uint8_t> bytes(text.begin(), text.end());

  wsig_instrumenter* const session = wsig_instrument_open(bytes.data(), bytes.size(), &options);
  bool ok = report_error(session);
  if (ok) {
    const bool is_done = wsig_instrument_is_done(session);
    write_number(is_done ? 1 : 0);
    if (validates && !is_done) {
      fflush(stdout);
      if (read_number() == 0) {  // the engine finds it invalid
        wsig_instrument_refuses_memory(session);
        report_error(session);
        ok = false;
      }
    }
  }
  if (ok) {
    wsig_instrument_plan(session);
    ok = report_error(session);
  }
  if (ok) {
    for (size_t i = 0; i < skips.names.size() && !wsig_instrument_is_done(session); ++i) {
      if (skips.used[i]) continue;
      const std::string warning = "skip: no function is named " + skips.names[i] +
                                  (wsig_instrument_has_names(session) ? "" : " (the module has no name section)");
      wsig_instrument_warn(session, warning.c_str());
    }
    emit(session);
  }
  wsig_instrument_close(session);
  fflush(stdout);
}

}  // namespace

int main() {
  for (;;) serve();
}
