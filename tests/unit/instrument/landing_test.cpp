#include <catch_amalgamated.hpp>

#include "instrument/wasm/module.hpp"
#include "instrument/wasm/walk.hpp"
#include "support.hpp"
#include "wasmsig/instrument.h"

namespace wasmsig::instrument::test {
namespace {

void append(Code& to, const Code& more) {
  for (const uint8_t byte : more) to.push_back(byte);
}

// Sizes here are less than 128.
void section(Code& module, uint8_t id, const Code& content) {
  append(module, {id, static_cast<uint8_t>(content.size())});
  append(module, content);
}

Code named(const std::string& name, uint8_t function) {
  Code result{static_cast<uint8_t>(name.size())};
  append(result, Code(name.begin(), name.end()));
  append(result, {0, function});
  return result;
}

constexpr uint32_t kRun = 5;

// A program with a longjmp and this function.
Code program(const Code& run) {
  const std::vector<Code> bodies{
      {0, 0x41, 0x80, 0x08, 0x0b},                 // wasmsig_block
      {0, 0x41, 0, 0x0b},                          // wasmsig_safe_point
      {0, 0x41, 0, 0x0b},                          // wasmsig_deliver
      {0, 0x20, 0, 0x41, 8, 0x6a, 0x08, 0, 0x0b},  // longjmp: throws an address that it computes
      {0, 0x41, 0, 0x10, 3, 0x0b},                 // a function that may jump
      run,
  };
  Code module{0, 'a', 's', 'm', 1, 0, 0, 0};
  section(module, 1, {3, 0x60, 0, 1, 0x7f, 0x60, 1, 0x7f, 0, 0x60, 0, 0});
  section(module, 3, {6, 0, 0, 0, 1, 2, 2});
  section(module, 5, {1, 0, 1});
  section(module, 13, {1, 0, 1});
  Code exports{3};
  append(exports, named("wasmsig_block", 0));
  append(exports, named("wasmsig_safe_point", 1));
  append(exports, named("wasmsig_deliver", 2));
  section(module, 7, exports);
  Code code{static_cast<uint8_t>(bodies.size())};
  for (const Code& body : bodies) {
    code.push_back(static_cast<uint8_t>(body.size()));
    append(code, body);
  }
  section(module, 10, code);
  return module;
}

// Whether all constructs of all functions end, and nothing comes behind.
bool is_balanced(Bytes module) {
  Scope scope;
  Module view(scope.context.memory);
  if (!read_sections(scope.context, module, view) || !read_module(scope.context, view)) return false;
  for (const Range& body : view.bodies) {
    Reader reader(module, body);
    Visitor visitor;
    Walk<Visitor>(reader, visitor).body();
    if (!reader.ok()) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("the way to a landing may lead into an else behind an unrolled loop") {
  const Code module = program({
      1,    1,    0x7f,              // a local
      0x20, 0,    0x04, 0x40,        // local.get 0, if
      0x03, 0x40,                    // loop: it is small, so it is unrolled
      0x20, 0,    0x0d, 0,    0x0b,  // local.get 0, br_if 0, end
      0x05,                          // else
      0x06, 0x40, 0x10, 4,           // try, call
      0x07, 0,    0x21, 0,           // catch, local.set 0
      0x20, 0,    0x28, 2,    0,     // local.get 0, i32.load
      0x1a, 0x20, 0,    0x28, 2,     // drop, local.get 0, i32.load offset=4
      4,    0x1a, 0x0b, 0x0b,        // drop, end, end
      0x03, 0x40, 0x0c, 0,    0x0b,  // loop, br 0, end
      0x0b,
  });
  wsig_instrumenter* const session = wsig_instrument_open(module.data(), module.size(), nullptr);
  REQUIRE(wsig_instrument_plan(session));
  REQUIRE(wsig_instrument_emit(session, nullptr, nullptr));
  size_t size = 0;
  const uint32_t* const landings = wsig_instrument_landings(session, &size);
  REQUIRE(size == 1);
  CHECK(landings[0] == kRun);
  const uint8_t* const output = wsig_instrument_output(session, &size);
  CHECK(is_balanced({output, static_cast<uint32_t>(size)}));
  CHECK(std::string(wsig_instrument_report(session, 0, 0, nullptr)).find("\"strips\":2") != std::string::npos);
  wsig_instrument_close(session);
}

}  // namespace wasmsig::instrument::test
