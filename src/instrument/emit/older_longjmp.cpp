#include "instrument/emit/older_longjmp.hpp"

#include "instrument/wasm/walk.hpp"

namespace wasmsig::instrument {
namespace {

struct Instruction {
  uint8_t opcode;
  uint32_t immediate;
  Bytes bytes;
};

// The instructions of a function, without its constructs.
class Collector : public Visitor {
 public:
  Collector(Memory& memory, Bytes module) : code(memory), module_(module) {}

  void instruction(uint8_t opcode, uint32_t immediate, uint32_t at, uint32_t after) {
    code.push({opcode, immediate, {module_.data + at, after - at}});
  }

  List<Instruction> code;

 private:
  Bytes module_;
};

// Reads `if (!__THREW__) { __THREW__ = threw; __threwValue = value; }` by symbolic execution: the value of an address
// is the code that computes it, and the value of a parameter is its number. In a program with threads both words are
// thread-local.
class SetThrew {
 public:
  explicit SetThrew(Memory& memory) : memory_(memory), stack_(memory), locals_(memory) {
    locals_.push({0, {false, 0, {}}});
    locals_.push({1, {false, 1, {}}});
  }

  bool read(Span<const Instruction> code, OlderLongjmp& result) {
    if (code.size > kMaxCode) return false;
    for (const Instruction& one : code)
      if (!step(one)) return false;
    if (asked_count_ != 1 || stored_count_[0] != 1 || stored_count_[1] != 1) return false;
    if (!is_same(asked_, stored_[0]) || is_same(stored_[1], stored_[0])) return false;
    result.threw = stored_[0];
    result.value = stored_[1];
    return true;
  }

 private:
  // Code that computes an address, or the number of a parameter; -1: unknown.
  struct Value {
    bool is_code;
    int number;
    Bytes code;
  };
  struct Local {
    uint32_t index;
    Value value;
  };
  static constexpr Value kUnknown = {false, -1, {}};
  static constexpr uint32_t kMaxAddress = 1U << 12;
  static constexpr uint32_t kMaxCode = 1U << 12;  // of instructions

  Value pop() { return stack_.empty() ? kUnknown : stack_.pop(); }

  bool step(const Instruction& one) {
    switch (one.opcode) {
      case op::kI32Const:
      case op::kGlobalGet: stack_.push({true, 0, one.bytes}); return true;
      case op::kI32Add: return add();
      case op::kLocalGet: stack_.push(local(one.immediate).value); return true;
      case op::kLocalTee: local(one.immediate).value = stack_.empty() ? kUnknown : stack_.last(); return true;
      case op::kLocalSet: local(one.immediate).value = pop(); return true;
      case op::kI32Load: {
        const Value address = pop();
        if (address.is_code) asked_ = word(address, one.bytes), asked_count_++;
        stack_.push(kUnknown);
        return true;
      }
      case op::kI32Store: return store(one.bytes);
      case op::kI32Eqz:
      case op::kBrIf: return true;  // the condition stays on the stack, which does no harm
      default: return false;
    }
  }

  bool add() {
    const Value second = pop();
    const Value first = pop();
    if (!first.is_code || !second.is_code) {
      stack_.push(kUnknown);
      return true;
    }
    if (first.code.size + second.code.size > kMaxAddress) return false;
    Writer sum(memory_);
    sum.append(first.code);
    sum.append(second.code);
    sum.op(op::kI32Add);
    stack_.push({true, 0, sum.bytes()});
    return true;
  }

  bool store(Bytes access) {
    const Value value = pop();
    const Value address = pop();
    if (value.is_code || (value.number != 0 && value.number != 1)) return false;
    if (!address.is_code) return true;
    stored_[value.number] = word(address, access);
    stored_count_[value.number]++;
    return true;
  }

  static OlderLongjmp::Word word(const Value& address, Bytes access) {
    return {address.code, {access.data + 1, access.size - 1}};
  }

  Local& local(uint32_t index) {
    for (Local& known : locals_)
      if (known.index == index) return known;
    locals_.push({index, kUnknown});
    return locals_.last();
  }

  static bool is_same(const OlderLongjmp::Word& a, const OlderLongjmp::Word& b) {
    return equal(a.address, b.address) && equal(a.operand, b.operand);
  }

  Memory& memory_;
  List<Value> stack_;
  List<Local> locals_;
  OlderLongjmp::Word asked_;
  OlderLongjmp::Word stored_[2];
  int asked_count_ = 0;
  int stored_count_[2] = {};
};

// The code of an exported function. False: there is none, or the context has failed.
bool read_code(Context& context, const Module& module, const char* name, Collector& collector) {
  const Export* const exported = module.find_export(name);
  const Range* const body = exported && exported->kind == external::kFunction ? module.body(exported->index) : nullptr;
  if (!body) return false;
  Reader reader(module.bytes, *body);
  walk_body(reader, collector);
  return context.check(reader);
}

uint32_t find_thrower(const Module& module) {
  for (uint32_t i = 0; i < module.first_own(); ++i)
    if (equal(module.imported_functions[i].name, "_emscripten_throw_longjmp")) return i;
  return kNoFunction;
}

}  // namespace

bool find_older_longjmp(Context& context, const Module& module, OlderLongjmp& result) {
  result = {};
  const uint32_t thrower = find_thrower(module);
  const Span<uint8_t> invokes = zeroed<uint8_t>(context.memory, module.first_own());
  for (uint32_t i = 0; i < invokes.size; ++i)
    invokes[i] = starts_with(module.imported_functions[i].name, "invoke_") ? 1 : 0;
  result.invokes = {invokes.data, invokes.size};
  if (thrower == kNoFunction) return true;

  result.presence = OlderLongjmp::kLost;
  result.thrower = thrower;
  Collector set_threw(context.memory, module.bytes);
  const bool has_set_threw = read_code(context, module, "setThrew", set_threw);
  if (!context.ok()) return false;
  Collector restore(context.memory, module.bytes);
  const bool has_restore = read_code(context, module, "_emscripten_stack_restore", restore);
  if (!context.ok()) return false;
  const Span<const Instruction> code{set_threw.code.begin(), set_threw.code.size()};
  if (!has_set_threw || !SetThrew(context.memory).read(code, result)) return true;
  const bool restores = has_restore && restore.code.size() == 2 && restore.code[0].opcode == op::kLocalGet &&
                        restore.code[1].opcode == op::kGlobalSet;
  if (!restores) return true;
  result.stack_pointer = restore.code[1].immediate;
  result.presence = OlderLongjmp::kPresent;
  return true;
}

void find_invoking(const Module& module, const OlderLongjmp& older, Span<const FunctionPlan> plans,
                   List<uint32_t>& result) {
  for (uint32_t i = 0; i < plans.size; ++i) {
    const FunctionPlan& plan = plans[i];
    if (plan.excuse != Excuse::kNone || !plan.placement.has_any_safe_point()) continue;
    bool invokes = false;
    for (const Callee& callee : plan.placement.callees) invokes = invokes || older.is_invoke(callee.function);
    if (invokes) result.push(module.first_own() + i);
  }
}

}  // namespace wasmsig::instrument
