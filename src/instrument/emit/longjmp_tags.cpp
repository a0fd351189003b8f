#include "instrument/emit/landing.hpp"

namespace wasmsig::instrument {
namespace {

// Finds the tags whose handlers read two words of memory before anything else.
class HandlerReader : public Visitor {
 public:
  HandlerReader(Memory& memory, uint32_t tags) : found(zeroed<uint8_t>(memory, tags)), receivers_(memory) {}

  void begin(uint32_t /*at*/) {
    receivers_.clear();
    receivers_.push(kNone);
  }
  void open(uint8_t /*opcode*/, uint32_t /*at*/, uint32_t /*after*/, int64_t /*type*/) {
    receivers_.push(kNone);
    next_ = kNone;
  }
  void catches(uint32_t tag, bool /*legacy*/) { next_ = tag; }
  void arm(uint8_t /*opcode*/, uint32_t /*after*/) {
    handle(next_);
    next_ = kNone;
  }
  void close(uint32_t /*after*/) {
    const int64_t tag = receivers_.empty() ? kNone : receivers_.pop();
    if (tag >= 0) handle(tag);
  }
  void branch(uint8_t opcode, uint32_t depth, uint32_t /*at*/, uint32_t /*after*/) {
    if (opcode == op::kTryTable && next_ >= 0 && depth < receivers_.size())
      receivers_[receivers_.size() - 1 - depth] = next_;
    next_ = kNone;
  }
  void instruction(uint8_t opcode, uint32_t /*immediate*/, uint32_t /*at*/, uint32_t /*after*/) {
    if (tag_ < 0 || reads_operand(opcode)) return;
    if (opcode != op::kI32Load)
      tag_ = kNone;
    else if (++loads_ == 2 && tag_ < found.size)
      found[static_cast<uint32_t>(tag_)] = 1;
  }

  Span<uint8_t> found;  // by tag

 private:
  static constexpr int64_t kNone = -1;

  void handle(int64_t tag) {
    tag_ = tag;
    loads_ = 0;
  }

  // Instructions with which a handler reads an operand and the words at its address.
  static bool reads_operand(uint8_t opcode) {
    return opcode == op::kDrop || (opcode >= op::kLocalGet && opcode <= op::kGlobalSet) || opcode == op::kI32Const ||
           opcode == op::kI32Add;
  }

  List<int64_t> receivers_;  // for each open construct the tag whose operand is at its end, or -1
  int64_t next_ = kNone;     // the tag of the handler that begins next
  int64_t tag_ = kNone;      // and of the one that begins here
  int loads_ = 0;
};

bool takes_address(const Module& module, uint32_t tag) {
  const FunctionType* const type = module.tag_type(tag);
  return type && type->param_count == 1 && type->result_count == 0 && module.bytes[type->params.start] == type::kI32;
}

// The tags that are thrown with an address.
Span<uint8_t> find_thrown(Memory& memory, const Module& module, Span<const FunctionPlan> plans) {
  const Span<uint8_t> thrown = zeroed<uint8_t>(memory, module.tags.size());
  for (const FunctionPlan& plan : plans)
    for (const uint32_t tag : plan.placement.thrown)
      if (tag < thrown.size && takes_address(module, tag)) thrown[tag] = 1;
  return thrown;
}

}  // namespace

Span<const uint8_t> find_longjmp_tags(Context& context, const Module& module, Span<const FunctionPlan> plans) {
  const Span<uint8_t> thrown = find_thrown(context.memory, module, plans);
  HandlerReader handlers(context.memory, thrown.size);
  const auto may_be_handler = [&](const Placement& placement) {
    bool result = false;
    for (const uint32_t tag : placement.caught)
      result = result || (tag < thrown.size && thrown[tag] != 0 && handlers.found[tag] == 0);
    return result && !placement.unknown;
  };
  for (uint32_t i = 0; i < plans.size; ++i) {
    if (!may_be_handler(plans[i].placement)) continue;
    Reader reader(module.bytes, module.bodies[i]);
    walk_body(reader, handlers);
  }
  for (uint32_t tag = 0; tag < thrown.size; ++tag) thrown[tag] &= handlers.found[tag];
  return {thrown.data, thrown.size};
}

}  // namespace wasmsig::instrument
