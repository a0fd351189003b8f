// The custom sections that change, and the names of functions.
#pragma once

#include "instrument/wasm/module.hpp"

namespace wasmsig::instrument {

// The names of the functions in the name section; none if there is no such section or it is damaged (engines ignore it
// then, too).
class FunctionNames {
 public:
  FunctionNames(Context& context, const Module& module);

  bool has(uint32_t function) const { return function < names_.size && names_[function].is_there; }
  // Decoded.
  Bytes operator[](uint32_t function) const { return decoded_name(names_[function].raw); }
  // Whether the section names anything.
  bool empty() const { return !has_any_; }
  bool has_labels() const { return has_labels_; }

 private:
  struct Name {
    bool is_there;
    Bytes raw;
  };
  bool read(const Module& module);
  bool read_functions(Reader& reader);
  void find_labels(const Module& module);
  Bytes decoded_name(Bytes raw) const;

  Memory& memory_;
  Span<Name> names_;  // by function
  bool has_any_ = false;
  bool has_labels_ = false;
};

// Whether a section refers to code by byte offset; after the code has moved it would refer to wrong places.
bool holds_code_offsets(Bytes name);

// Where labels were put into a function: before the labels of these numbers, which ascend.
struct AddedLabels {
  const void* context;
  Span<uint32_t> (*of)(const void* context, uint32_t function);
};

// A function that was added, and what it is called.
struct AddedName {
  uint32_t function;
  const char* name;
};

// Writes the content of the name section, with names for the outlined copies of functions (`name.cold`, as compilers
// call theirs), and the labels renumbered where some were added. All other names are unchanged, because the indexes to
// which they refer have not changed. `copied`: the functions of which copies were appended after all others.
// `names`: of what was appended behind those.
void rename_all(Context& context, const Module& module, const Section& section, const AddedLabels& added,
                Span<const uint32_t> copied, Span<const AddedName> names, Writer& out);

// Writes the content of the `target_features` section with a feature added, for tools that read the module later. False:
// the context has failed.
bool add_target_feature(Context& context, const Module& module, const Section& section, const char* feature,
                        Writer& out);

}  // namespace wasmsig::instrument
