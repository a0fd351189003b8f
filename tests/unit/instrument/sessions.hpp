// Modules made by hand, and sessions that instrument them.
#pragma once

#include <memory>

#include "wasmsig/instrument.h"
#include "support.hpp"

namespace wasmsig::instrument::test {

struct Close {
  void operator()(wsig_instrumenter* session) const { wsig_instrument_close(session); }
};
using Session = std::unique_ptr<wsig_instrumenter, Close>;

inline void number(Code& to, size_t value) {
  for (; value >= 0x80; value >>= 7) to.push_back(static_cast<uint8_t>(value | 0x80));
  to.push_back(static_cast<uint8_t>(value));
}

inline void section(Code& module, uint8_t id, const Code& content) {
  module.push_back(id);
  number(module, content.size());
  module.insert(module.end(), content.begin(), content.end());
}

inline void name(Code& content, const std::string& text) {
  content.push_back(static_cast<uint8_t>(text.size()));
  content.insert(content.end(), text.begin(), text.end());
}

inline Session open(const Code& module, const wsig_instrument_options* options = nullptr) {
  return Session(wsig_instrument_open(module.data(), module.size(), options));
}

inline bool make(wsig_instrumenter* session) {
  return wsig_instrument_plan(session) && wsig_instrument_emit(session, nullptr, nullptr);
}

inline std::string error(wsig_instrumenter* session) {
  const char* const code = wsig_instrument_error(session);
  return code ? code : "";
}

inline Code output(wsig_instrumenter* session) {
  size_t size = 0;
  const uint8_t* const bytes = wsig_instrument_output(session, &size);
  return {bytes, bytes + size};
}

inline wsig_instrument_options options() {
  wsig_instrument_options result{};
  result.size = sizeof(result);
  return result;
}

}  // namespace wasmsig::instrument::test
