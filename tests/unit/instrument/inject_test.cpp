#include <catch_amalgamated.hpp>

#include <algorithm>

#include "instrument/wasm/module.hpp"
#include "sessions.hpp"

namespace wasmsig::instrument::test {
namespace {

constexpr const char* kExport = "wasmsig_set_safe_point";
const Code kLoop{0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b};  // a body that loops for ever

// A section of a module; of a custom one the content begins with the name.
struct Part {
  uint8_t id;
  Code content;
};

Code module_of(const std::vector<Part>& parts) {
  Code module{0, 'a', 's', 'm', 1, 0, 0, 0};
  for (const Part& part : parts) section(module, part.id, part.content);
  return module;
}

Code vector_of_one(const Code& entry) {
  Code content(entry.size() + 1);
  content[0] = 1;
  std::copy(entry.begin(), entry.end(), content.begin() + 1);
  return content;
}

Code sized(const Code& body) {
  Code result;
  number(result, body.size());
  result.insert(result.end(), body.begin(), body.end());
  return result;
}

Code custom(const std::string& title, const Code& content) {
  Code result;
  name(result, title);
  result.insert(result.end(), content.begin(), content.end());
  return result;
}

Code exported(const std::string& title, uint8_t kind, uint8_t index) {
  Code entry;
  name(entry, title);
  entry.insert(entry.end(), {kind, index});
  return entry;
}

const Part kTypes{1, {1, 0x60, 0, 0}};
const Part kFunctions{3, {1, 0}};
const Part kExports{7, vector_of_one(exported("go", 0, 0))};
const Part kCode{10, vector_of_one(sized(kLoop))};

// Without memory and tables.
Code least() { return module_of({kTypes, kFunctions, kExports, kCode}); }

// The sections of a module, and what is in them.
struct Opened {
  explicit Opened(Code of) : file(std::move(of)), module(scope.context.memory) {
    is_read = read_sections(scope.context, bytes(file), module) && read_module(scope.context, module);
  }

  Code content(uint8_t id) const {
    const Section* const found = module.find(id);
    return found ? code(module.range(found->content)) : Code{};
  }

  Code file;
  Scope scope;
  Module module;
  bool is_read;
};

// What was appended to a vector of fewer than 128 entries, which is a section's content.
Code appended(const Code& before, const Code& after, size_t count) {
  const size_t old = before.empty() ? 0 : before.size() - 1;
  REQUIRE(after.size() > old);
  CHECK(after[0] == (before.empty() ? 0 : before[0]) + count);
  CHECK(std::equal(after.begin() + 1, after.begin() + 1 + static_cast<std::ptrdiff_t>(old),
                   before.empty() ? before.begin() : before.begin() + 1));
  return {after.begin() + 1 + static_cast<std::ptrdiff_t>(old), after.end()};
}

Code instrumented(const Code& module) {
  const Session session = open(module);
  REQUIRE(make(session.get()));
  return output(session.get());
}

// Compares a module with its instrumented form: everything that it had is there under its index.
void check_injected(const Code& before) {
  const Opened old(before);
  const Code made = instrumented(before);
  const Opened result(made);
  REQUIRE(old.is_read);
  REQUIRE(result.is_read);
  const Module& was = old.module;
  const Module& is = result.module;
  CHECK(is.functions() == was.functions() + 4);
  for (uint32_t i = 0; i < was.functions(); ++i) CHECK(is.function_types[i] == was.function_types[i]);
  CHECK(is.first_own() == was.first_own());
  CHECK(is.globals.size() == was.globals.size() + 2);
  CHECK(is.exports.size() == was.exports.size() + 1);
  const Export* const set = is.find_export(kExport);
  REQUIRE(set);
  CHECK(set->kind == external::kFunction);
  CHECK(set->index == was.functions() + 2);
  for (const uint8_t id :
       {section::kImport, section::kMemory, section::kTag, section::kStart, section::kDataCount, section::kData})
    CHECK(result.content(id) == old.content(id));

  const auto type = static_cast<uint8_t>(was.types.size());
  const auto table = static_cast<uint8_t>(was.imported_tables + (was.find(section::kTable) ? old.content(4)[0] : 0));
  const auto function = static_cast<uint8_t>(was.functions());
  const auto global = static_cast<uint8_t>(was.imported_globals + was.globals.size());
  CHECK(appended(old.content(1), result.content(1), 2) == Code{0x60, 0, 1, 0x7f, 0x60, 1, 0x70, 0});
  CHECK(appended(old.content(3), result.content(3), 4) == Code{type, type, static_cast<uint8_t>(type + 1), type});
  CHECK(appended(old.content(4), result.content(4), 1) == Code{0x70, 1, 1, 1});
  CHECK(appended(old.content(6), result.content(6), 2) == Code{0x7f, 1, 0x41, 0, 0x0b, 0x7f, 1, 0x41, 0, 0x0b});
  CHECK(appended(old.content(9), result.content(9), 1) == Code{2, table, 0x41, 0, 0x0b, 0, 1, function});
  const auto body = [&](uint32_t i) { return code(is.range(is.bodies[was.bodies.size() + i])); };
  CHECK(body(0) == Code{0, 0x41, 0xff, 0xff, 0xff, 0xff, 0x07, 0x0b});
  CHECK(body(1) ==
        Code{1, 1, 0x7f, 0x41, 0, 0x11, type, table, 0x22, 0, 0x41, 0, 0x48, 0x04, 0x40, 0, 0x0b, 0x20, 0, 0x0b});
  CHECK(body(2) == Code{0,    0x41, 0,    0xd2, function, 0x20, 0, 0x20, 0,      0xd1,
                        0x1c, 1,    0x70, 0x26, table,    0x41, 0, 0x24, global, 0x0b});
  const auto rounds = static_cast<uint8_t>(global + 1);
  const auto safe_point = static_cast<uint8_t>(function + 1);
  CHECK(body(3) == Code{1,    2,    0x7f, 0x23,       global, 0x23, rounds, 0x6b, 0x22, 0,    0x41, 1,    0x48,
                        0x04, 0x40, 0x10, safe_point, 0x21,   0,    0x0b,   0x20, 0,    0x22, 1,    0x24, global,
                        0x20, 1,    0x41, 1,          0x20,   1,    0x41,   1,    0x4a, 0x1b, 0x21, 1,    0x20,
                        1,    0x41, 0xc0, 0,          0x20,   1,    0x41,   0xc0, 0,    0x48, 0x1b, 0x21, 1,
                        0x20, 1,    0x24, rounds,     0x20,   1,    0x41,   1,    0x6a, 0x0b});

  const Session again = open(made);
  CHECK(wsig_instrument_is_done(again.get()));
  REQUIRE(make(again.get()));
  CHECK(output(again.get()) == made);
  const std::string report = wsig_instrument_report(again.get(), 0, 0, nullptr);
  CHECK(report.find("\"runtime\":\"injected\",\"block\":null,\"doorbell\":null,\"memory\":null") != std::string::npos);
}

std::string refusal(const Code& module, const wsig_instrument_options* given = nullptr) {
  const Session session = open(module, given);
  CHECK_FALSE(make(session.get()));
  CHECK(output(session.get()).empty());
  return error(session.get());
}

std::string message(const Code& module) {
  const Session session = open(module);
  wsig_instrument_plan(session.get());
  return wsig_instrument_message(session.get());
}

// A linked program's exports, as many as are wanted; the program needs a memory besides.
Code linked(int exports) {
  Code content{static_cast<uint8_t>(exports)};
  const char* const names[] = {"wasmsig_block", "wasmsig_safe_point", "wasmsig_deliver"};
  for (uint8_t i = 0; i < exports; ++i) {
    const Code entry = exported(names[i], 0, i);
    content.insert(content.end(), entry.begin(), entry.end());
  }
  return module_of({{1, {1, 0x60, 0, 1, 0x7f}},
                    {3, {3, 0, 0, 0}},
                    {5, {1, 0, 1}},
                    {7, content},
                    {10, {3, 5, 0, 0x41, 0x80, 0x08, 0x0b, 4, 0, 0x41, 0, 0x0b, 4, 0, 0x41, 0, 0x0b}}});
}

wsig_instrument_options with(wsig_instrument_runtime runtime) {
  auto given = options();
  given.runtime = runtime;
  return given;
}

}  // namespace

TEST_CASE("a module without memory and tables gets a runtime") {
  check_injected(least());
  const Opened result(instrumented(least()));
  CHECK(result.module.memories.empty());
}

TEST_CASE("a loop counts down in a local, and then calls the function that was injected") {
  const Opened result(instrumented(least()));
  const Code body = code(result.module.range(result.module.bodies[0]));
  const auto has = [&](const Code& part) {
    return std::search(body.begin(), body.end(), part.begin(), part.end()) != body.end();
  };
  CHECK(has({0x23, 0, 0x41, 0x7f, 0x6a, 0x22, 0, 0x24, 0, 0x23, 1, 0x41, 1, 0x20, 0, 0x41, 0, 0x4a, 0x1b, 0x21, 0}));
  CHECK(has({0x20, 0, 0x41, 0x7f, 0x6a, 0x22, 0, 0x45, 0x0d, 1}));
  CHECK(has({0x41, 1, 0x21, 0, 0x10, 4, 0x21, 0, 0x0c, 0}));
}

TEST_CASE("no index moves in a module that has everything") {
  const auto import = [](const std::string& title, const Code& kind) {
    Code entry;
    name(entry, "env");
    name(entry, title);
    entry.insert(entry.end(), kind.begin(), kind.end());
    return entry;
  };
  Code imports{5};
  for (const Code& entry : {import("f", {0, 0}), import("t", {1, 0x70, 0, 1}), import("m", {2, 0, 1}),
                            import("g", {3, 0x7f, 0}), import("e", {4, 0, 0})})
    imports.insert(imports.end(), entry.begin(), entry.end());
  check_injected(module_of({{1, {2, 0x60, 0, 0, 0x60, 0, 1, 0x7f}},
                            {2, imports},
                            {3, {2, 0, 0}},
                            {4, {2, 0x70, 0, 1, 0x6f, 1, 0, 7}},
                            {5, {1, 0, 1}},
                            {13, {1, 0, 0}},
                            {6, {1, 0x7f, 0, 0x41, 5, 0x0b}},
                            {7, {1, 2, 'g', 'o', 0, 1}},
                            {8, {2}},
                            {9, {2, 0, 0x41, 0, 0x0b, 1, 1, 5, 0x70, 1, 0xd2, 1, 0x0b}},
                            {12, {1}},
                            {10, {2, 7, 0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b, 2, 0, 0x0b}},
                            {11, {1, 1, 1, 'x'}},
                            {0, custom("last", {1, 2, 3})}}));
}

TEST_CASE("a module without functions gets a code section in its place") {
  check_injected(module_of({}));
  check_injected(module_of({{0, custom("first", {})}, {5, {1, 0, 1}}, {11, {1, 1, 1, 'x'}}, {0, custom("last", {})}}));
  check_injected(module_of({{1, {0}}, {3, {0}}, {10, {0}}, {11, {0}}}));
}

TEST_CASE("memories of every kind stay as they are") {
  const std::vector<Code> memories{{1, 0, 1},    {1, 1, 1, 2},    {1, 3, 1, 2}, {1, 4, 1},
                                   {1, 7, 1, 2}, {2, 0, 1, 4, 1}, {1, 8, 1, 0}};
  for (const Code& memory : memories) check_injected(module_of({kTypes, kFunctions, {5, memory}, kExports, kCode}));
}

TEST_CASE("types in a group count as often as they are") {
  // (rec (type (func)) (type (sub (func (result i32))))): the type of the slow path may not be the second
  check_injected(module_of({{1, {1, 0x4e, 2, 0x60, 0, 0, 0x50, 0, 0x60, 0, 1, 0x7f}}, kFunctions, kExports, kCode}));
}

TEST_CASE("the type of a block in a check comes before those of the runtime") {
  // (loop (param i32 i64) ...)
  const Code body{0, 0x41, 0, 0x42, 0, 0x03, 1, 0x1a, 0x1a, 0x41, 0, 0x42, 0, 0x0c, 0, 0x0b, 0x0b};
  const Code made = instrumented(module_of(
      {{1, {2, 0x60, 0, 0, 0x60, 2, 0x7f, 0x7e, 0}}, kFunctions, kExports, {10, vector_of_one(sized(body))}}));
  const Opened result(made);
  REQUIRE(result.is_read);
  CHECK(result.content(1) == Code{5,    0x60, 0,    0,    0x60, 2, 0x7f, 0x7e, 0,    0x60, 2,    0x7f,
                                  0x7e, 2,    0x7f, 0x7e, 0x60, 0, 1,    0x7f, 0x60, 1,    0x70, 0});
  CHECK(result.content(3) == Code{5, 0, 3, 3, 4, 3});
}

TEST_CASE("a function that calls itself checks at its entry, and has no copy") {
  const Code body{0, 0x10, 0, 0x1a, 0x41, 0, 0x0b};  // calls itself
  const Code module = module_of({{1, {1, 0x60, 0, 1, 0x7f}}, kFunctions, kExports, {10, vector_of_one(sized(body))}});
  const Opened result(instrumented(module));
  REQUIRE(result.is_read);
  CHECK(result.content(3) == Code{5, 0, 1, 1, 2, 1});
  CHECK(result.module.find_export(kExport)->index == 3);
  const Code rewritten = code(result.module.range(result.module.bodies[0]));
  // global.get, i32.const 1, i32.lt_s, if, call, drop, end; global.get, i32.const -1, i32.add, global.set
  CHECK(rewritten == Code{0, 0x23, 0,    0x41, 1,    0x48, 0x04, 0x40, 0x10, 4,    0x1a, 0x0b, 0x23,
                          0, 0x41, 0x7f, 0x6a, 0x24, 0,    0x10, 0,    0x1a, 0x41, 0,    0x0b});
}

TEST_CASE("a stack pointer that functions lower is exported, if it is the module's own and not exported yet") {
  // global.get, const 64, sub, local.tee 0, global.set
  const auto framed = [](uint8_t global, bool is_wide = false) {
    const uint8_t type = is_wide ? 0x7e : 0x7f;
    return Code{2,
                1,
                0x7d,
                1,
                type,
                0x23,
                global,
                static_cast<uint8_t>(is_wide ? 0x42 : 0x41),
                0xc0,
                0,
                static_cast<uint8_t>(is_wide ? 0x7d : 0x6b),
                0x22,
                1,
                0x24,
                global,
                0x0b};
  };
  struct Program {
    std::vector<Code> bodies = {};
    Code imports = {0};
    std::string exported_global = {};
    bool is_wide = false;
  };
  const auto pointer = [](const Program& program) -> int {
    Code bodies{static_cast<uint8_t>(program.bodies.size())};
    Code functions{static_cast<uint8_t>(program.bodies.size())};
    for (const Code& body : program.bodies) {
      const Code entry = sized(body);
      bodies.insert(bodies.end(), entry.begin(), entry.end());
      functions.push_back(0);
    }
    const uint8_t type = program.is_wide ? 0x7e : 0x7f;
    const uint8_t zero = program.is_wide ? 0x42 : 0x41;
    const auto imported = static_cast<uint8_t>(program.imports[0]);
    const Code exports = program.exported_global.empty()
                             ? Code{0}
                             : vector_of_one(exported(program.exported_global, 3, static_cast<uint8_t>(imported + 1)));
    const Code module = module_of({kTypes,
                                   {2, program.imports},
                                   {3, functions},
                                   {6, {2, type, 1, zero, 0, 0x0b, type, 1, zero, 0, 0x0b}},
                                   {7, exports},
                                   {10, bodies}});
    const Opened result(instrumented(module));
    const Export* const found = result.module.find_export("wasmsig_stack_pointer");
    return found && found->kind == external::kGlobal ? static_cast<int>(found->index) : -1;
  };
  const Code import{1, 1, 'e', 1, 'g', 3, 0x7f, 1};
  const Code other{0, 0x23, 0, 0x41, 1, 0x6b, 0x24, 0, 0x0b};  // without a frame
  CHECK(pointer({.bodies = {framed(1), kLoop}}) == 1);
  CHECK(pointer({.bodies = {framed(1, true)}, .is_wide = true}) == 1);
  CHECK(pointer({.bodies = {framed(0), framed(1), other, framed(1)}}) == 1);
  CHECK(pointer({.bodies = {framed(2)}, .imports = import}) == 2);
  CHECK(pointer({.bodies = {framed(0), framed(0), framed(2)}, .imports = import}) == -1);
  CHECK(pointer({.bodies = {framed(1)}, .exported_global = "__stack_pointer"}) == -1);
  CHECK(pointer({.bodies = {framed(1)}, .exported_global = "short"}) == 1);
  CHECK(pointer({.bodies = {other, kLoop}}) == -1);
}

TEST_CASE("dylink.0 stays the first section") {
  const Code module = module_of(
      {{0, custom("dylink.0", {1, 4, 0, 0, 0, 0})}, kTypes, kFunctions, kExports, kCode, {0, custom("x", {})}});
  check_injected(module);
  const Opened result(instrumented(module));
  CHECK(text(result.module.sections[0].name) == "dylink.0");
}

TEST_CASE("the runtime is named where functions are, and its feature is said where features are") {
  const Code names{0, 2, 1, 'm', 1, 5, 1, 0, 2, 'g', 'o'};
  const Code features{1, '+', 4, 's', 'i', 'm', 'd'};
  const Opened result(instrumented(module_of(
      {kTypes, kFunctions, kExports, kCode, {0, custom("name", names)}, {0, custom("target_features", features)}})));
  REQUIRE(result.is_read);
  std::string all;
  for (const Section& one : result.module.sections)
    if (one.id == 0) all += text(one.name) + ":" + text(result.module.range(one.content));
  for (const char* const each : {"wasmsig_quiet", "wasmsig_safe_point", kExport, "+\x0freference-types", "+\x04simd"})
    CHECK(all.find(each) != std::string::npos);
}

TEST_CASE("Asyncify is found in a 64-bit memory") {
  // state = 1; data = the argument; a look at the data
  const Code start{0, 0x41, 1, 0x24, 0, 0x20, 0, 0x24, 1, 0x23, 1, 0x29, 3, 0, 0x1a, 0x0b};
  Code bodies{2};
  for (const Code& body : {sized(kLoop), sized(start)}) bodies.insert(bodies.end(), body.begin(), body.end());
  const Code module = module_of({{1, {2, 0x60, 0, 0, 0x60, 1, 0x7e, 0}},
                                 {3, {2, 0, 1}},
                                 {5, {1, 4, 1}},
                                 {6, {2, 0x7f, 1, 0x41, 0, 0x0b, 0x7e, 1, 0x42, 0, 0x0b}},
                                 kExports,
                                 {10, bodies}});
  check_injected(module);
  const Session session = open(module);
  REQUIRE(make(session.get()));
  CHECK(std::string(wsig_instrument_report(session.get(), 0, 0, nullptr)).find("\"asyncify\":true") !=
        std::string::npos);
}

TEST_CASE("emitting an injected runtime again gives the same") {
  const Code module = least();
  const Session session = open(module);
  REQUIRE(make(session.get()));
  const Code first = output(session.get());
  REQUIRE(wsig_instrument_emit(session.get(), nullptr, nullptr));
  CHECK(output(session.get()) == first);
}

TEST_CASE("a module with a part of the library is refused, and told what it has") {
  CHECK(refusal(linked(1)) == "missing-exports");
  CHECK(message(linked(1)).find("the module exports wasmsig_block, but does not export wasmsig_safe_point and "
                                "wasmsig_deliver: link it") == 0);
  CHECK(refusal(linked(2)) == "missing-exports");
  const Code imports = module_of({kTypes, {2, {1, 7, 'w', 'a', 's', 'm', 's', 'i', 'g', 1, 'f', 0, 0}}});
  CHECK(refusal(imports) == "missing-exports");
  CHECK(message(imports).find("the module has imports of libwasmsig, but does not export wasmsig_block, ") == 0);
  auto given = with(WSIG_INSTRUMENT_RUNTIME_INJECTED);
  CHECK(refusal(linked(2), &given) == "missing-exports");
}

TEST_CASE("a caller may insist on a runtime") {
  auto is_linked = with(WSIG_INSTRUMENT_RUNTIME_LINKED);
  auto is_injected = with(WSIG_INSTRUMENT_RUNTIME_INJECTED);
  const Code foreign = module_of({kTypes, kFunctions, {5, {1, 0, 1}}, kExports, kCode});
  CHECK(refusal(foreign, &is_linked) == "missing-exports");
  CHECK(refusal(least(), &is_linked) == "no-memory");
  CHECK(refusal(linked(3), &is_injected) == "bad-option");
  CHECK(make(open(foreign, &is_injected).get()));
  CHECK(make(open(linked(3), &is_linked).get()));

  const Code made = instrumented(foreign);
  CHECK(refusal(made, &is_linked) == "already-instrumented");
  CHECK(make(open(made, &is_injected).get()));
  const Code program = instrumented(linked(3));
  CHECK(refusal(program, &is_injected) == "already-instrumented");
  CHECK(make(open(program, &is_linked).get()));
}

TEST_CASE("what concerns the program's memory is refused where there is none") {
  const Code module = module_of({kTypes, kFunctions, {5, {1, 0, 1}}, kExports, kCode});
  auto given = options();
  given.memory = WSIG_INSTRUMENT_SHARED;
  CHECK(refusal(module, &given) == "bad-option");
  given = options();
  given.maximum_pages = 5;
  CHECK(refusal(module, &given) == "bad-option");
  given = options();
  given.import_module = given.import_name = "env";
  CHECK(refusal(module, &given) == "bad-option");
  given = options();
  given.memory = WSIG_INSTRUMENT_KEEP;
  CHECK(make(open(module, &given).get()));
}

TEST_CASE("a module that has the name of the export is refused") {
  const Code module = module_of({kTypes, kFunctions, {7, vector_of_one(exported(kExport, 0, 0))}, kCode});
  CHECK(refusal(module) == "bad-exports");
}

TEST_CASE("the options may be those of a caller that knows no runtime") {
  auto given = with(WSIG_INSTRUMENT_RUNTIME_LINKED);
  given.size = offsetof(wsig_instrument_options, runtime);
  CHECK(make(open(least(), &given).get()));
  given = with(static_cast<wsig_instrument_runtime>(3));
  CHECK(refusal(linked(3), &given) == "bad-option");
}

TEST_CASE("an engine's refusal is not blamed on a foreign module's memory") {
  const Code module = module_of({{5, {1, 4, 1}}});
  const Session session = open(module);
  CHECK_FALSE(wsig_instrument_refuses_memory(session.get()));
  CHECK(error(session.get()).empty());
  const auto given = with(WSIG_INSTRUMENT_RUNTIME_LINKED);
  const Session program = open(module, &given);
  CHECK(wsig_instrument_refuses_memory(program.get()));
  CHECK(error(program.get()) == "memory64");
}

TEST_CASE("no beginning of a foreign module and no changed byte does harm") {
  const Code module = module_of({kTypes,
                                 {2, {1, 1, 'e', 1, 't', 1, 0x70, 0, 1}},
                                 {3, {2, 0, 0}},
                                 {4, {1, 0x70, 0, 1}},
                                 {6, {1, 0x7f, 0, 0x41, 5, 0x0b}},
                                 kExports,
                                 {9, {1, 0, 0x41, 0, 0x0b, 1, 1}},
                                 {10, {2, 7, 0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b, 4, 0, 0x10, 1, 0x0b}},
                                 {0, custom("name", {1, 5, 1, 0, 2, 'g', 'o'})}});
  const auto try_module = [](const Code& changed) {
    const Session session = open(changed);
    if (make(session.get())) CHECK(wsig_instrument_report(session.get(), 0, 0, nullptr) != nullptr);
  };
  for (size_t size = 0; size < module.size(); ++size)
    try_module({module.begin(), module.begin() + static_cast<std::ptrdiff_t>(size)});
  for (size_t at = 0; at < module.size(); ++at) {
    Code changed = module;
    for (int value = 0; value < 256; ++value) {
      changed[at] = static_cast<uint8_t>(value);
      try_module(changed);
    }
  }
}

}  // namespace wasmsig::instrument::test
