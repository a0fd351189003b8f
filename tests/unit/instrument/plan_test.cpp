#include <catch_amalgamated.hpp>

#include "sessions.hpp"

namespace wasmsig::instrument::test {
namespace {

// Two functions of type () -> (), and a type (i32) -> () of which there is no function. The table is exported.
Code program(const Code& first, const Code& second) {
  Code module{0, 'a', 's', 'm', 1, 0, 0, 0};
  section(module, 1, {2, 0x60, 0, 0, 0x60, 1, 0x7f, 0});
  section(module, 3, {2, 0, 0});
  section(module, 4, {1, 0x70, 0, 4});
  section(module, 7, {2, 1, 't', 1, 0, 1, 'f', 0, 1});
  Code code{2};
  for (const Code* const body : {&first, &second}) {
    number(code, body->size());
    for (const uint8_t byte : *body) code.push_back(byte);
  }
  section(module, 10, code);
  return module;
}

}  // namespace

// Because the loop calls a function that checks, it needs no check of its own. But then a call through the table comes
// before all checks, which may reach the loop's function again, by way of the host.
TEST_CASE("a call that has no check before it only since functions check at their entry is part of a cycle") {
  const Code itself{0, 0x10, 0, 0x0b};
  const Code loop{1,    1,    0x7f,                           // a local
                  0x03, 0x40,                                 // loop
                  0x41, 0,    0x41, 0, 0x11, 1, 0,            // i32.const 0, i32.const 0, call_indirect (i32) -> ()
                  0x10, 0,    0x20, 0, 0x0d, 0, 0x0b, 0x0b};  // call 0, local.get 0, br_if 0, end, end
  const Code module = program(itself, loop);
  const Session session = open(module);
  REQUIRE(make(session.get()));
  const std::string report = wsig_instrument_report(session.get(), 0, 0, nullptr);
  INFO(report);
  CHECK(report.find("\"index\":1,\"loops\":1,\"safe_points\":1") != std::string::npos);
}

}  // namespace wasmsig::instrument::test
