#include "instrument/emit/inject.hpp"

#include "instrument/check_input.hpp"
#include "instrument/emit/instructions.hpp"
#include "instrument/emit/find_stack_pointer.hpp"

namespace wasmsig::instrument {
namespace {

constexpr const char* kExport = Injection::kNames[2];
constexpr uint8_t kFuncref = 0x70;
constexpr uint8_t kNoLocals = 0;

uint32_t count_of(const Module& module, uint8_t id) {
  const Section* const section = module.find(id);
  return section ? module.read(*section).u32() : 0;
}

void add_export(Appended& appended, const char* name, uint8_t kind, uint32_t index) {
  Writer& entry = appended.add(section::kExport);
  entry.name(bytes_of(name));
  entry.u8(kind);
  entry.u32(index);
}

void write_body(Writer& code, const Writer& body) { code.name(body.bytes()); }

Writer quiet_body(Memory& memory) {
  Writer out(memory, 16);
  out.op(kNoLocals, op::kI32Const);
  out.s32(INT32_MAX);
  out.op(op::kEnd);
  return out;
}

Writer safe_point_body(Memory& memory, uint32_t type, uint32_t table) {
  Writer out(memory, 32);
  out.op(0x01, 0x01, type::kI32);  // one local
  out.op(op::kI32Const, 0x00);
  with_index(out, op::kCallIndirect, type);
  out.u32(table);
  with_index(out, op::kLocalTee, 0);
  out.op(op::kI32Const, 0x00, op::kI32LtS, op::kIf, type::kVoid, op::kUnreachable, op::kEnd);
  with_index(out, op::kLocalGet, 0);
  out.op(op::kEnd);
  return out;
}

Writer set_safe_point_body(Memory& memory, const Injection& injection, uint32_t table) {
  Writer out(memory, 32);
  out.op(kNoLocals, op::kI32Const, 0x00);
  with_index(out, op::kRefFunc, injection.quiet());
  with_index(out, op::kLocalGet, 0);
  with_index(out, op::kLocalGet, 0);
  out.op(op::kRefIsNull, op::kSelectTyped, 0x01, kFuncref);
  with_index(out, op::kTableSet, table);
  out.op(op::kI32Const, 0x00);
  with_index(out, op::kGlobalSet, injection.count);
  out.op(op::kEnd);
  return out;
}

}  // namespace

bool is_foreign(const Module& module) { return count_runtime_exports(module) == 0 && !imports_host(module); }

bool choose_runtime(Context& context, const Module& module, const Request& request, bool& is_injected) {
  is_injected = false;
  if (request.runtime == Request::kLinked) return true;
  if (is_foreign(module)) {
    is_injected = true;
    return true;
  }
  if (count_runtime_exports(module) < kRuntimeExports) return refuse_part_of_runtime(context, module);
  if (request.runtime != Request::kInjected) return true;
  return context.fail("bad-option",
                      "runtime injected: the program is linked with libwasmsig, whose runtime it has: leave the option "
                      "out");
}

bool may_inject(Context& context, const Module& module, const Request& request) {
  if (request.share == Request::kShared || request.maximum_pages != 0 || request.imports_memory)
    return context.fail("bad-option",
                        "the module is not linked with libwasmsig, so its safe points use no memory, and its "
                        "memory stays as it is: leave out memory (or give \"keep\"), maximumPages and importMemory");
  if (!module.find_export(kExport)) return true;
  Writer text(context.memory, 160);
  text.text("the module has an export ").text(kExport);
  text.text(" of its own, which is the name of the function that is added to it: rename it");
  return context.fail("bad-exports", text.bytes());
}

void inject(const Module& module, const Injection& injection, uint32_t first_type, Appended& appended, Writer& code) {
  Memory& memory = appended.memory();
  const uint32_t table = module.imported_tables + count_of(module, section::kTable);
  const uint32_t asks = first_type;
  const uint32_t sets = first_type + 1;
  appended.add(section::kType).op(0x60, 0x00, 0x01, type::kI32);
  appended.add(section::kType).op(0x60, 0x01, kFuncref, 0x00);
  const uint32_t types[Injection::kFunctions] = {asks, asks, sets};
  for (const uint32_t type : types) appended.add(section::kFunction).u32(type);
  appended.add(section::kTable).op(kFuncref, 0x01, 0x01, 0x01);  // with a maximum, which is 1 as the minimum

  add_export(appended, kExport, external::kFunction, injection.set_safe_point());
  uint32_t stack_pointer = 0;
  if (find_hidden_stack_pointer(memory, module, stack_pointer))
    add_export(appended, kStackPointer, external::kGlobal, stack_pointer);

  Writer& element = appended.add(section::kElement);
  element.u8(0x02);  // active, in the table of this index
  element.u32(table);
  element.op(op::kI32Const, 0x00, op::kEnd);
  element.op(0x00, 0x01);  // functions; one of them
  element.u32(injection.quiet());

  write_body(code, quiet_body(memory));
  write_body(code, safe_point_body(memory, asks, table));
  write_body(code, set_safe_point_body(memory, injection, table));
}

}  // namespace wasmsig::instrument
