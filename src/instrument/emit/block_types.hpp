// The types of the blocks `$check` of loops with parameters: params -> params, appended to the type section if the
// module does not have them.
#pragma once

#include "instrument/wasm/type_table.hpp"

namespace wasmsig::instrument {

class BlockTypes {
 public:
  BlockTypes(Context& context, const Module& module)
      : context_(context), module_(module), blocks_(context.memory), added_(context.memory, 16) {}

  // Writes the block type for a loop of function type `index`.
  void write(uint32_t index, Writer& out);

  // The types that were appended.
  uint32_t added_count() const { return added_count_; }
  Bytes added() const { return added_.bytes(); }

 private:
  void prepare();
  uint32_t find(const FunctionType& type);

  Context& context_;
  const Module& module_;
  TypeTable* by_params_ = nullptr;  // made when they are needed
  TypeTable* by_contents_ = nullptr;
  List<uint32_t> blocks_;  // by the first type with the same parameters: the block's type, plus 1
  uint32_t added_count_ = 0;
  Writer added_;
};

}  // namespace wasmsig::instrument
