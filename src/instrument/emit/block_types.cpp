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
  if (blocks_.empty()) prepare();
  uint32_t& block = blocks_[by_params_->first_same(index)];
  if (block == 0) block = find(*type) + 1;
  out.s32(static_cast<int32_t>(block - 1));
}

void BlockTypes::prepare() {
  Memory& memory = context_.memory;
  blocks_.resize(module_.types.size());
  const auto table = [&](TypeTable::By by) {
    return new (memory.allocate(sizeof(TypeTable))) TypeTable(memory, module_, by);
  };
  by_params_ = table(TypeTable::kParams);
  by_contents_ = table(TypeTable::kContents);
}

// Of the module's own types, or else a new one.
uint32_t BlockTypes::find(const FunctionType& type) {
  FunctionType wanted = type;
  wanted.results = type.params;
  wanted.result_count = type.param_count;
  const uint32_t known = by_contents_->find(wanted);
  if (known != TypeTable::kNone) return known;
  added_.u8(0x60);
  for (int i = 0; i < 2; ++i) {
    added_.u32(type.param_count);
    added_.append(module_.range(type.params));
  }
  return module_.types.size() + added_count_++;
}

}  // namespace wasmsig::instrument
