// What the tests of the rewriter share.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "instrument/context.hpp"

namespace wasmsig::instrument::test {

// A context that frees its memory.
struct Scope {
  ~Scope() {
    context.memory.release();
    context.scratch.release();
    context.search.release();
    context.emission.release();
  }
  Context context;
};

using Code = std::vector<uint8_t>;

inline Bytes bytes(const Code& code) { return {code.data(), static_cast<uint32_t>(code.size())}; }
inline Reader reader(const Code& code) { return Reader(bytes(code)); }
inline std::string text(Bytes of) { return {reinterpret_cast<const char*>(of.data), of.size}; }
inline Code code(Bytes of) { return {of.begin(), of.end()}; }

}  // namespace wasmsig::instrument::test
