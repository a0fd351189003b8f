// The parts of a module that the rewriter reads. Everything else of the module is copied as it is, so nothing is lost.
#pragma once

#include "instrument/context.hpp"
#include "instrument/wasm/opcodes.hpp"

namespace wasmsig::instrument {

// Section ids of the binary format.
namespace section {
enum : uint8_t {
  kCustom,
  kType,
  kImport,
  kFunction,
  kTable,
  kMemory,
  kGlobal,
  kExport,
  kStart,
  kElement,
  kCode,
  kData,
  kDataCount,
  kTag,
};
// A section precedes every section of a higher rank. (Later additions are not in the order of their numbers.)
int rank(uint8_t id);
}  // namespace section

// The kinds of imports and exports.
namespace external {
enum : uint8_t { kFunction, kTable, kMemory, kGlobal, kTag };
}

struct Section {
  uint8_t id;
  Bytes name;      // of a custom section, decoded
  uint32_t start;  // of its id byte
  Range content;   // behind its size (custom: behind its name)
};

struct FunctionType {
  bool is_function;
  Range params;  // the bytes of the value types
  Range results;
  uint32_t param_count;
  uint32_t result_count;
};

struct ImportedFunction {
  Bytes module;  // decoded
  Bytes name;
};

struct MemoryType {
  Limits limits;
  Range range;  // of its limits
  bool imported;
  ImportedFunction from;  // if it is
  uint32_t import_start;  // of the whole import

  bool is_shared() const { return (limits.flags & 2) != 0; }
  bool is_wide() const { return (limits.flags & 4) != 0; }  // memory64
};

struct Global {
  bool is_mutable;
  Range initialiser;
};

struct Export {
  Bytes name;     // decoded
  uint32_t hash;  // of the name
  uint8_t kind;
  uint32_t index;
};

struct Module {
  explicit Module(Memory& memory);

  Bytes bytes;
  List<Section> sections;
  List<FunctionType> types;
  List<ImportedFunction> imported_functions;
  uint32_t imported_tables = 0;
  bool shares_tables = false;     // whether the host can see and change a table: one is imported or exported
  bool has_rich_types = false;    // whether types may be subtypes of others, or refer to others
  List<uint32_t> function_types;  // the type of every function, the imported ones first
  List<MemoryType> memories;
  uint32_t defined_memories = 0;
  uint32_t imported_globals = 0;
  List<uint8_t> global_types;  // the first byte of every global's type, the imported ones first
  List<Global> globals;        // the module's own
  List<uint32_t> tags;         // the type of every tag, the imported ones first
  List<Export> exports;
  Span<uint32_t> export_order;  // positions in `exports`, sorted by the hashes of the names, and the names
  List<Range> bodies;           // the code of the module's own functions, without its size

  uint32_t first_own() const { return imported_functions.size(); }
  uint32_t functions() const { return function_types.size(); }
  bool is_own(uint32_t function) const { return function >= first_own() && function < functions(); }
  // Null: no such section.
  const Section* find(uint8_t id) const;
  Reader read(const Section& section) const { return {bytes, section.content}; }
  // Null: no such type, or it is no function's.
  const FunctionType* type(uint32_t index) const {
    return index < types.size() && types[index].is_function ? &types[index] : nullptr;
  }
  const FunctionType* function_type(uint32_t function) const {
    return function < functions() ? type(function_types[function]) : nullptr;
  }
  const FunctionType* tag_type(uint32_t tag) const { return tag < tags.size() ? type(tags[tag]) : nullptr; }
  // Null: imported, or there is no such function.
  const Range* body(uint32_t function) const { return is_own(function) ? &bodies[function - first_own()] : nullptr; }
  const Export* find_export(Bytes name) const;
  const Export* find_export(const char* name) const { return find_export(bytes_of(name)); }
  Bytes range(Range range) const { return {bytes.data + range.start, range.size()}; }
};

// Reads the header and the sections. Fails with `not-wasm` or `component` for anything but a core module of version 1.
bool read_sections(Context& context, Bytes bytes, Module& module);

// Reads the contents of the sections.
bool read_module(Context& context, Module& module);

// Reads a vector: calls `each` for every element. No bytes are an empty vector.
template <class Each>
uint32_t for_each(Reader& reader, Each each) {
  if (reader.done()) return 0;
  const uint32_t count = reader.u32();
  for (uint32_t i = 0; i < count && reader.ok(); ++i) each(reader);
  return count;
}

void read_types(Module& module, Reader& reader);
void read_imports(Memory& memory, Module& module, Reader& reader);
void read_exports(Memory& memory, Module& module, Reader& reader);
void read_tag(Module& module, Reader& reader);

}  // namespace wasmsig::instrument
