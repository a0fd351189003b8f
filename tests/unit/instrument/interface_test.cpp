#include <catch_amalgamated.hpp>

#include "sessions.hpp"

namespace wasmsig::instrument::test {
namespace {

// The library's three functions, and one of this body: by default it loops for ever.
Code program(const Code& body = {0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b}) {
  Code module{0, 'a', 's', 'm', 1, 0, 0, 0};
  section(module, 1, {2, 0x60, 0, 1, 0x7f, 0x60, 0, 0});
  section(module, 3, {4, 0, 0, 0, 1});
  section(module, 5, {1, 0, 1});
  Code exports{3};
  const char* const names[] = {"wasmsig_block", "wasmsig_safe_point", "wasmsig_deliver"};
  for (uint8_t i = 0; i < 3; ++i) {
    name(exports, names[i]);
    exports.push_back(0);
    exports.push_back(i);
  }
  section(module, 7, exports);
  Code code{4, 5, 0, 0x41, 0x80, 0x08, 0x0b, 4, 0, 0x41, 0, 0x0b, 4, 0, 0x41, 0, 0x0b};
  number(code, body.size());
  code.insert(code.end(), body.begin(), body.end());
  section(module, 10, code);
  return module;
}

}  // namespace

TEST_CASE("a program is instrumented, and the result stays as it is") {
  const Code module = program();
  const Session session = open(module);
  REQUIRE(make(session.get()));
  const Code made = output(session.get());
  CHECK(made.size() > module.size());
  CHECK(std::string(wsig_instrument_report(session.get(), 0, 1234, nullptr)).find("\"milliseconds\":1.2}") !=
        std::string::npos);
  const Session again = open(made);
  CHECK(wsig_instrument_is_done(again.get()));
  REQUIRE(make(again.get()));
  CHECK(output(again.get()) == made);
}

TEST_CASE("emitting again gives the same") {
  const Code module = program();
  const Session session = open(module);
  REQUIRE(make(session.get()));
  const Code first = output(session.get());
  REQUIRE(wsig_instrument_emit(session.get(), nullptr, nullptr));
  CHECK(output(session.get()) == first);
}

TEST_CASE("names that are skipped are asked for") {
  const Code module = program();
  auto given = options();
  std::vector<std::string> asked;
  given.context = &asked;
  given.skip = [](void* context, const char* text, size_t length) {
    static_cast<std::vector<std::string>*>(context)->emplace_back(text, length);
    return false;
  };
  const Session session = open(module, &given);
  REQUIRE(wsig_instrument_plan(session.get()));
  CHECK(asked == std::vector<std::string>{"wasmsig_block", "wasmsig_safe_point", "wasmsig_deliver"});
  CHECK_FALSE(wsig_instrument_has_names(session.get()));
}

TEST_CASE("a warning of the caller's is in the report and among the complaints") {
  const Code module = program();
  const Session session = open(module);
  REQUIRE(wsig_instrument_plan(session.get()));
  wsig_instrument_warn(session.get(), "\"quoted\"");
  REQUIRE(wsig_instrument_emit(session.get(), nullptr, nullptr));
  CHECK(std::string(wsig_instrument_complaint(session.get(), 0)) == "\"quoted\"");
  CHECK(wsig_instrument_complaint(session.get(), 1) == nullptr);
  CHECK(std::string(wsig_instrument_report(session.get(), 2, 0, nullptr)).find("\n    \"\\\"quoted\\\"\"\n") !=
        std::string::npos);
}

TEST_CASE("wrong options are refused") {
  const Code module = program();
  auto given = options();
  given.maximum_pages = 65537;
  CHECK(error(open(module, &given).get()) == "bad-option");
  given = options();
  given.import_module = "env";
  CHECK(error(open(module, &given).get()) == "bad-option");
  given = options();
  given.size = 4;
  CHECK(error(open(module, &given).get()) == "bad-option");
}

TEST_CASE("options of a caller that does not know the last member keep the others") {
  const Code module = program();  // which is linked, so that an injected runtime is refused
  auto given = options();
  given.runtime = WSIG_INSTRUMENT_RUNTIME_INJECTED;
  given.size = offsetof(wsig_instrument_options, prefers_size);
  CHECK_FALSE(make(open(module, &given).get()));
  given.size = offsetof(wsig_instrument_options, runtime);
  CHECK(make(open(module, &given).get()));
}

TEST_CASE("after an error nothing is done") {
  const Session session = open({});
  CHECK(error(session.get()) == "not-wasm");
  CHECK(std::string(wsig_instrument_message(session.get())) ==
        "not a wasm file: it is empty; give the linked .wasm file");
  CHECK_FALSE(make(session.get()));
  CHECK(output(session.get()).empty());
  CHECK(wsig_instrument_report(session.get(), 0, 0, nullptr) == nullptr);
}

TEST_CASE("no beginning of a module and no changed byte does harm") {
  const Code module = program();
  for (size_t size = 0; size < module.size(); ++size) {
    const Code beginning(module.begin(), module.begin() + static_cast<std::ptrdiff_t>(size));
    const Session session = open(beginning);
    make(session.get());
  }
  for (size_t at = 0; at < module.size(); ++at) {
    Code changed = module;
    for (int value = 0; value < 256; ++value) {
      changed[at] = static_cast<uint8_t>(value);
      const Session session = open(changed);
      if (make(session.get())) CHECK(wsig_instrument_report(session.get(), 0, 0, nullptr) != nullptr);
    }
  }
}

TEST_CASE("loops may be nested deep") {
  Code body{0};
  constexpr int kDepth = 20000;
  for (int i = 0; i < kDepth; ++i) body.insert(body.end(), {0x03, 0x40});
  for (int i = 0; i < kDepth; ++i) body.insert(body.end(), {0x41, 0, 0x0d, 0, 0x0b});
  body.push_back(0x0b);
  const Code module = program(body);
  const Session session = open(module);
  CHECK(make(session.get()));
  CHECK(error(session.get()).empty());
}

}  // namespace wasmsig::instrument::test
