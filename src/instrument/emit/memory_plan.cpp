#include "instrument/emit/memory_plan.hpp"

#include "instrument/wasm/vectors.hpp"

namespace wasmsig::instrument {
namespace {

constexpr uint32_t kDefaultMaximumPages = 32768;

Bytes limits_of(Memory& memory, const MemoryType& type, const PlannedMemory& planned) {
  Writer out(memory, 16);
  out.u8(static_cast<uint8_t>((planned.has_maximum ? 1 : 0) | (planned.is_shared ? 2 : 0)));
  out.u32(type.limits.minimum);
  if (planned.has_maximum) out.u32(planned.maximum);
  return out.bytes();
}

Bytes import_entry(Memory& memory, Bytes module, Bytes name, Bytes limits) {
  Writer out(memory, 64);
  out.name(module);
  out.name(name);
  out.u8(external::kMemory);
  out.append(limits);
  return out.bytes();
}

void replace_import(Context& context, const Module& module, const MemoryType& memory, const Request& request,
                    Bytes limits, Replaced& replaced) {
  const Section* const section = module.find(section::kImport);
  const Bytes from = request.imports_memory ? request.import_module : memory.from.module;
  const Bytes name = request.imports_memory ? request.import_name : memory.from.name;
  Writer out(context.emission, section->content.size() + 64);
  out.copy(module.bytes, section->content.start, memory.import_start);
  out.append(import_entry(context.emission, from, name, limits));
  out.copy(module.bytes, memory.range.end, section->content.end);
  replaced.set(section::kImport, out.bytes());
}

}  // namespace

bool find_program_memory(Context& context, const Module& module, int64_t& index) {
  const List<MemoryType>& memories = module.memories;
  index = int64_t{memories.size()} - 1;
  if (memories.size() < 2) return true;
  const Export* const exported = module.find_export("memory");
  if (exported && exported->kind == external::kMemory) {
    index = exported->index;
    return true;
  }
  for (index = 0; index < memories.size(); ++index) {
    const MemoryType& memory = memories[static_cast<uint32_t>(index)];
    if (memory.imported && equal(memory.from.name, "memory")) return true;
  }
  Writer text(context.memory, 200);
  text.text("the module has ").decimal(memories.size());
  text.text(
      " memories, and none of them is exported or imported as \"memory\": export the one that the program was linked "
      "with under that name");
  return context.fail("no-memory", text.bytes());
}

bool plan_memory(Context& context, const MemoryType& memory, const Request& request, bool is_rung,
                 PlannedMemory& planned) {
  const bool shares = request.share == Request::kDefault ? is_rung : request.share == Request::kShared;
  planned = {memory.is_shared(), memory.limits.has_maximum, memory.limits.maximum};
  if (memory.is_shared() || !shares) return true;
  const uint32_t minimum = memory.limits.minimum;
  const uint32_t usual = minimum > kDefaultMaximumPages ? minimum : kDefaultMaximumPages;
  const uint32_t limit = request.maximum_pages != 0 ? request.maximum_pages : usual;
  if (limit < minimum) {
    Writer text(context.memory, 160);
    text.text("the module's memory begins with ").decimal(minimum);
    text.text(" pages, so maximumPages must be at least that (it is ").decimal(limit).text(")");
    return context.fail("memory-limits", text.bytes());
  }
  if (!planned.has_maximum)
    planned.maximum = limit;
  else if (request.maximum_pages != 0 && limit < planned.maximum)
    planned.maximum = limit;
  planned.has_maximum = planned.is_shared = true;
  return true;
}

bool replace_memory(Context& context, const Module& module, uint32_t index, const Request& request,
                    const PlannedMemory& planned, Replaced& replaced) {
  const MemoryType& memory = module.memories[index];
  const uint32_t first_defined = module.memories.size() - module.defined_memories;
  if (request.imports_memory && !memory.imported && index > first_defined)
    return context.fail("bad-option",
                        "importMemory: the module defines another memory before that of the program, whose number "
                        "would change: leave importMemory out");
  const Bytes limits = limits_of(context.emission, memory, planned);
  if (memory.imported) {
    replace_import(context, module, memory, request, limits, replaced);
    return true;
  }
  const Section* const section = module.find(section::kMemory);
  Writer out(context.emission, section->content.size() + 32);
  out.u32(module.defined_memories - (request.imports_memory ? 1 : 0));
  out.copy(module.bytes, module.memories[first_defined].range.start, memory.range.start);
  if (!request.imports_memory) {
    out.append(limits);
  } else {
    const Bytes entry = import_entry(context.emission, request.import_module, request.import_name, limits);
    Writer imports(context.emission, 64);
    if (!extend_vector(context, module, section::kImport, 1, entry, imports)) return false;
    replaced.set(section::kImport, imports.bytes());
  }
  out.copy(module.bytes, memory.range.end, section->content.end);
  if (request.imports_memory && module.defined_memories == 1)
    replaced.remove(section::kMemory);
  else
    replaced.set(section::kMemory, out.bytes());
  return true;
}

}  // namespace wasmsig::instrument
