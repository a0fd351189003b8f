#include "instrument/emit/block_types.hpp"

#include <new>

namespace wasmsig::instrument {

void BlockTypes::write(uint32_t index, Writer& out) {
  const FunctionType* const type = module_.type(index);
  if (!type) {
    context_.fail("invalid",
                  "not a valid wasm module: a loop whose type is not a function type; build or download it again");
    return;
  }
  if (type->param_count == 0) return out.u8(type::kVoid);
  if (blocks_.empty()) blocks_.resize(module_.types.size());
  if (blocks_[index] == 0) blocks_[index] = find(*type) + 1;
  out.s32(static_cast<int32_t>(blocks_[index] - 1));
}

uint32_t BlockTypes::find(const FunctionType& type) {
  if (!table_)
    table_ =
        new (context_.memory.allocate(sizeof(TypeTable))) TypeTable(context_.memory, module_, TypeTable::kContents);
  FunctionType wanted = type;
  wanted.results = type.params;
  wanted.result_count = type.param_count;
  const uint32_t known = table_->first_same(wanted);
  if (known != TypeTable::kNone) return known;
  const Bytes params = module_.range(type.params);
  for (uint32_t i = 0; i < added_types_.size(); ++i)
    if (equal(module_.range(added_types_[i].params), params)) return module_.types.size() + i;
  added_.u8(0x60);
  for (int i = 0; i < 2; ++i) {
    added_.u32(type.param_count);
    added_.append(params);
  }
  added_types_.push(wanted);
  return module_.types.size() + added_types_.size() - 1;
}

}  // namespace wasmsig::instrument
