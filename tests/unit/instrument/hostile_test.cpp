// Modules that an engine takes, and that were made to cost much: time and memory grow with their sizes alone.
#include <catch_amalgamated.hpp>

#include <time.h>

#include <functional>

#include "instrument/wasm/module.hpp"
#include "sessions.hpp"

namespace wasmsig::instrument::test {
namespace {

void append(Code& to, const Code& more) {
  for (const uint8_t byte : more) to.push_back(byte);
}

// A module of functions of its first type.
struct Parts {
  Code types{2, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f};
  std::vector<Code> bodies;
  Code exports{0};
  Code names;  // the content of the name section; empty: there is none
};

// The body of a function that calls this one.
Code calling(size_t function) {
  Code body{0, 0x10};
  number(body, function);
  body.push_back(0x0b);
  return body;
}

Code module_of(const Parts& parts) {
  Code module{0, 'a', 's', 'm', 1, 0, 0, 0};
  section(module, 1, parts.types);
  Code functions;
  number(functions, parts.bodies.size());
  functions.insert(functions.end(), parts.bodies.size(), 0);
  section(module, 3, functions);
  section(module, 7, parts.exports);
  Code code;
  number(code, parts.bodies.size());
  for (const Code& body : parts.bodies) {
    number(code, body.size());
    append(code, body);
  }
  section(module, 10, code);
  if (parts.names.empty()) return module;
  Code content;
  name(content, "name");
  append(content, parts.names);
  section(module, 0, content);
  return module;
}

// The processor's seconds for it.
double seconds(const Code& module) {
  const clock_t before = clock();
  const Session session = open(module);
  REQUIRE(make(session.get()));
  return static_cast<double>(clock() - before) / CLOCKS_PER_SEC;
}

// Eight times as much takes not much more than eight times as long. The square would take 64 times as long each time; a
// machine that does something else makes one try look slow.
void check_linear(const std::function<Code(size_t)>& module_of_size, size_t few) {
  double some = 0;
  double many = 1;
  for (int tries = 0; tries < 5 && many >= 16 * some + 0.05; ++tries) {
    some = seconds(module_of_size(few));
    many = seconds(module_of_size(few * 8));
  }
  INFO(some << " s, " << many << " s for eight times as much");
  CHECK(many < 16 * some + 0.05);
}

void subsection(Code& names, uint8_t id, const Code& content) {
  names.push_back(id);
  number(names, content.size());
  append(names, content);
}

}  // namespace

TEST_CASE("a name section may have many parts, for many functions that are copied") {
  check_linear(
      [](size_t count) {
        Parts parts;
        for (size_t i = 0; i < count; ++i) parts.bodies.push_back(calling(i));
        for (size_t i = 0; i < count; ++i) subsection(parts.names, 1, {0});
        return module_of(parts);
      },
      2000);
}

TEST_CASE("labels may be named often in a function with many") {
  check_linear(
      [](size_t count) {
        Parts parts;
        Code body{1, 1, 0x7f};
        for (size_t i = 0; i < count; ++i) append(body, {0x03, 0x40, 0x20, 0, 0x0d, 0, 0x0b});
        body.push_back(0x0b);
        parts.bodies.push_back(body);
        Code labels;
        number(labels, count);
        for (size_t i = 0; i < count; ++i) append(labels, {0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0});
        subsection(parts.names, 3, labels);
        return module_of(parts);
      },
      3500);
}

TEST_CASE("many exports may have names that a hash would not tell apart") {
  // FNV-1a of these names ends in bits that are nearly the same.
  const auto hash = [](const Code& name) {
    uint32_t value = 2166136261U;
    for (const uint8_t byte : name) value = (value ^ byte) * 16777619U;
    return (value ^ value >> 15) & 0x7fff;
  };
  std::vector<Code> names;
  for (uint32_t i = 0; names.size() < 16000; ++i) {
    Code candidate;
    for (uint32_t rest = i, j = 0; j < 5; ++j, rest /= 64) candidate.push_back(static_cast<uint8_t>('0' + rest % 64));
    if (hash(candidate) < 8) names.push_back(candidate);
    if (i == UINT32_MAX) break;
  }
  check_linear(
      [&names](size_t count) {
        Parts parts;
        parts.bodies.push_back({0, 0x0b});
        parts.exports.clear();
        number(parts.exports, count);
        for (size_t i = 0; i < count; ++i) {
          number(parts.exports, names[i].size());
          append(parts.exports, names[i]);
          append(parts.exports, {0, 0});
        }
        return module_of(parts);
      },
      2000);
}

TEST_CASE("many loops may take parameters of many types") {
  constexpr uint32_t kParameters = 18;
  check_linear(
      [](size_t count) {
        Parts parts;
        parts.types.clear();
        number(parts.types, count + 1);
        append(parts.types, {0x60, 0, 0});
        Code body{1, 1, 0x7f};
        for (size_t i = 0; i < count; ++i) {
          const auto is_wide = [i](uint32_t parameter) { return (i >> parameter) % 2 != 0; };
          append(parts.types, {0x60, kParameters});
          for (uint32_t j = 0; j < kParameters; ++j) parts.types.push_back(is_wide(j) ? 0x7e : 0x7f);
          parts.types.push_back(0);
          for (uint32_t j = 0; j < kParameters; ++j) append(body, {static_cast<uint8_t>(is_wide(j) ? 0x42 : 0x41), 0});
          body.push_back(0x03);  // loop
          number(body, i + 1);
          if ((body.back() & 0x40) != 0) {  // the block type is a signed number
            body.back() |= 0x80;
            body.push_back(0);
          }
          append(body, {0x20, 0, 0x0d, 0});  // local.get 0, br_if 0
          body.insert(body.end(), kParameters, 0x1a);
          body.push_back(0x0b);
        }
        body.push_back(0x0b);
        parts.bodies.push_back(body);
        return module_of(parts);
      },
      3000);
}

TEST_CASE("names of exports that are the same once decoded are one, the last, in the place of the first") {
  Parts parts;
  for (int i = 0; i < 4; ++i) parts.bodies.push_back({0, 0x0b});
  // "b", invalid UTF-8 twice, "a"
  parts.exports = {4, 1, 'b', 0, 0, 1, 0xff, 0, 1, 1, 0xfe, 0, 2, 1, 'a', 0, 3};
  Scope scope;
  const Code file = module_of(parts);
  Module module(scope.context.memory);
  REQUIRE(read_sections(scope.context, bytes(file), module));
  REQUIRE(read_module(scope.context, module));
  REQUIRE(module.exports.size() == 3);
  CHECK(module.exports[1].index == 2);
  CHECK(module.find_export("a")->index == 3);
  CHECK(module.find_export("b")->index == 0);
  CHECK(module.find_export("\xef\xbf\xbd")->index == 2);
  CHECK(module.find_export("c") == nullptr);
  CHECK(module.find_export("") == nullptr);
}

}  // namespace wasmsig::instrument::test
