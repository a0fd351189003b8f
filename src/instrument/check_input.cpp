#include "instrument/check_input.hpp"

#include "instrument/mark.hpp"

namespace wasmsig::instrument {
namespace {

constexpr const char* kExports[kRuntimeExports] = {"wasmsig_block", "wasmsig_safe_point", "wasmsig_deliver"};

// The missing ones, each behind `before`, with `between`, and `last` instead of it before the last.
void list(Writer& text, const Module& module, const char* before, const char* between, const char* last) {
  const uint32_t count = kRuntimeExports - count_runtime_exports(module);
  uint32_t i = 0;
  for (const char* const name : kExports) {
    if (module.find_export(name)) continue;
    if (i > 0) text.text(i + 1 == count ? last : between);
    text.text(before).text(name);
    i++;
  }
}

bool refuse_missing(Context& context, const Module& module, Writer& text) {
  text.text("does not export ");
  list(text, module, "", ", ", " and ");
  text.text(": link it with libwasmsig (-lwasmsig) and keep the exports (wasm-ld: ");
  list(text, module, "--export=", " ", " ");
  text.text("; Emscripten: -sEXPORTED_FUNCTIONS with ");
  list(text, module, "_", ",", ",");
  text.text(", and -lexports.js, as from -O3 on it shortens export names)");
  return context.fail("missing-exports", text.bytes());
}

bool find_function(Context& context, const Module& module, const char* name, uint32_t& index) {
  const Export& found = *module.find_export(name);
  const FunctionType* const type = found.kind == external::kFunction ? module.function_type(found.index) : nullptr;
  index = found.index;
  if (type && type->param_count == 0 && type->result_count == 1 && module.bytes[type->results.start] == type::kI32)
    return true;
  Writer text(context.memory, 200);
  text.text("the export ").text(name);
  text.text(
      " is not a function () -> i32: link with the libwasmsig of this version, and give no function of your own that "
      "name");
  return context.fail("bad-exports", text.bytes());
}

// The instructions at the beginning of a body, as far as they are the expected ones.
class Matcher {
 public:
  explicit Matcher(const Reader& reader) : reader_(reader) {}

  Matcher& byte(uint8_t expected) {
    if (matches_) matches_ = !reader_.done() && reader_.u8() == expected;
    return *this;
  }
  Matcher& number(uint32_t& value) {
    if (matches_) value = reader_.u32();
    return *this;
  }
  bool matches() const { return matches_ && reader_.ok(); }
  const Reader& reader() const { return reader_; }

 private:
  Reader reader_;
  bool matches_ = true;
};

}  // namespace

bool refuse_by_sections(Context& context, const Module& module) {
  for (const Section& section : module.sections) {
    if (section.id != section::kCustom) continue;
    if (equal(section.name, "linking") || starts_with(section.name, "reloc."))
      return context.fail("object-file",
                          "this is an object file, not a program: link it first, and instrument the result");
  }
  return true;
}

bool refuse_memory(Context& context, const MemoryType& memory) {
  if (memory.is_wide())
    return context.fail(
        "memory64", "the module has a 64-bit memory (memory64), which wasmsig does not support: build it for wasm32");
  if (memory.limits.flags & 8)
    return context.fail("unsupported",
                        "the module has a memory with another page size, which wasmsig does not support: build it with "
                        "the usual 64 KiB pages");
  return true;
}

bool read_runtime(Context& context, const Module& module, Runtime& runtime) {
  for (const char* const name : kExports)
    if (!module.find_export(name)) {
      Writer text(context.memory, 400);
      return refuse_missing(context, module, text.text("the module "));
    }
  return find_function(context, module, kExports[0], runtime.block) &&
         find_function(context, module, kExports[1], runtime.safe_point) &&
         find_function(context, module, kExports[2], runtime.deliver);
}

uint32_t count_runtime_exports(const Module& module) {
  uint32_t count = 0;
  for (const char* const name : kExports) count += module.find_export(name) ? 1 : 0;
  return count;
}

bool refuse_part_of_runtime(Context& context, const Module& module) {
  Writer text(context.memory, 480);
  if (count_runtime_exports(module) == 0) {
    text.text("the module has imports of libwasmsig, but ");
  } else {
    text.text("the module exports");
    bool is_first = true;
    for (const char* const name : kExports) {
      if (!module.find_export(name)) continue;
      text.text(is_first ? " " : " and ").text(name);
      is_first = false;
    }
    text.text(", but ");
  }
  return refuse_missing(context, module, text);
}

bool imports_host(const Module& module) {
  for (const ImportedFunction& function : module.imported_functions)
    if (equal(function.module, kImportModule) || starts_with(function.name, "wsig_js_")) return true;
  return false;
}

bool has_host(const Module& module) {
  bool is_wasi = false;
  for (const ImportedFunction& function : module.imported_functions)
    is_wasi = is_wasi || starts_with(function.module, "wasi_");
  return !is_wasi || imports_host(module);
}

bool find_asyncify_state(Context& context, const Module& module, int64_t& state) {
  state = -1;
  const bool is_wide = !module.memories.empty() && module.memories[0].is_wide();
  for (const Range& body : module.bodies) {
    if (body.size() > 64) continue;
    uint32_t number = 0;
    uint32_t data = 0;
    uint32_t checked = 0;
    Matcher code(Reader(module.bytes, body));
    code.byte(0).byte(op::kI32Const).byte(1).byte(op::kGlobalSet).number(number);  // no locals
    code.byte(op::kLocalGet).byte(0).byte(op::kGlobalSet).number(data).byte(op::kGlobalGet).number(checked);
    if (!context.check(code.reader())) return false;
    if (!code.matches() || checked != data) continue;
    code.byte(is_wide ? op::kI64Load : op::kI32Load);
    if (!code.matches()) continue;
    state = number;
    return true;
  }
  return true;
}

}  // namespace wasmsig::instrument
