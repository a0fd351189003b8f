// The types of the blocks `$check` of loops with parameters: params -> params, appended to the type section if the
// module does not have them.
#pragma once

#include "instrument/wasm/type_table.hpp"

namespace wasmsig::instrument {

class BlockTypes {
 public:
  BlockTypes(Context& context, const Module& module)
      : context_(context),
        module_(module),
        blocks_(context.memory),
        added_types_(context.memory),
        added_(context.memory, 16) {}

  // Writes the block type for a loop of function type `index`.
  void write(uint32_t index, Writer& out);

  // The types that were appended.
  uint32_t added_count() const { return added_types_.size(); }
  Bytes added() const { return added_.bytes(); }

 private:
  uint32_t find(const FunctionType& type);

  Context& context_;
  const Module& module_;
  TypeTable* table_ = nullptr;  // made when it is needed
  List<uint32_t> blocks_;       // by type: the block's type, plus 1
  List<FunctionType> added_types_;
  Writer added_;
};

}  // namespace wasmsig::instrument
