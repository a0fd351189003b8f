// Evaluates a function () -> i32 that returns a constant. It understands the code that compilers generate for
// `return &object;`, with and without optimisation: constants, sums, locals, immutable globals, and calls of such
// functions.
#include "instrument/check_input.hpp"

namespace wasmsig::instrument {
namespace {

// The deepest chain of calls that is followed: compilers and linkers wrap an exported function once or twice.
constexpr int kMaxCalls = 8;
// So that no chain of calls takes for ever.
constexpr int kMaxSteps = 1 << 16;
constexpr uint32_t kMaxLocals = 64;

constexpr const char* kNotUnderstood = "its code is not understood";

class Evaluator {
 public:
  Evaluator(Context& context, const Module& module) : context_(context), module_(module), stack_(context.memory) {}

  // False: it is no constant, or the context has failed.
  bool function(uint32_t index, int calls, uint32_t& result) {
    const Range* const body = module_.body(index);
    if (!body) return refuse("it is imported");
    if (calls > kMaxCalls) return refuse("it calls too deep");
    Reader reader(module_.bytes, *body);
    Frame frame{.calls = calls, .globals = module_.globals.size()};
    for (uint32_t groups = reader.u32(); groups > 0; --groups) {
      const uint32_t count = reader.u32();
      const uint8_t type = reader.u8();
      if (!context_.check(reader)) return false;
      if (type != type::kI32 || count > kMaxLocals - frame.local_count) return refuse("it has unexpected locals");
      frame.local_count += count;
    }
    if (!context_.check(reader)) return false;
    return run(reader, frame, result);
  }

  const char* why() const { return why_; }
  uint8_t instruction() const { return instruction_; }

 private:
  struct Frame {
    int calls;
    uint32_t globals;  // only those before this one can be read
    uint32_t local_count = 0;
    uint32_t base = 0;  // of its operands on the stack
    uint32_t locals[kMaxLocals] = {};
  };

  bool refuse(const char* why) {
    if (!why_) why_ = why;
    return false;
  }

  // Interprets straight-line code to its end: the one value that it leaves.
  bool run(Reader& reader, Frame& frame, uint32_t& result) {
    frame.base = stack_.size();
    for (;;) {
      if (++steps_ > kMaxSteps) return refuse(kNotUnderstood);
      const uint8_t opcode = reader.u8();
      if (!context_.check(reader)) return false;
      if (opcode == op::kEnd || opcode == op::kReturn) {
        const bool has_value = pop(frame, result);
        stack_.resize(frame.base);
        return has_value;
      }
      if (!step(reader, frame, opcode) || !context_.check(reader)) return false;
    }
  }

  bool step(Reader& reader, Frame& frame, uint8_t opcode) {
    uint32_t value = 0;
    switch (opcode) {
      case op::kNop: return true;
      case op::kCall: value = reader.u32(); return context_.check(reader) && call(value, frame);
      case op::kDrop: return pop(frame, value);
      case op::kGlobalGet: value = reader.u32(); return context_.check(reader) && global(value, frame);
      case op::kI32Const: stack_.push(static_cast<uint32_t>(reader.s33())); return true;
      case op::kI32Add:
      case op::kI32Sub: return sum(frame, opcode == op::kI32Sub);
      case op::kLocalGet:
      case op::kLocalSet:
      case op::kLocalTee: return local(reader, frame, opcode);
      default: instruction_ = opcode; return refuse("");
    }
  }

  bool pop(const Frame& frame, uint32_t& value) {
    if (stack_.size() <= frame.base) return refuse(kNotUnderstood);
    value = stack_.pop();
    return true;
  }

  bool sum(const Frame& frame, bool subtracts) {
    uint32_t right = 0;
    uint32_t left = 0;
    if (!pop(frame, right) || !pop(frame, left)) return false;
    stack_.push(subtracts ? left - right : left + right);
    return true;
  }

  bool local(Reader& reader, Frame& frame, uint8_t opcode) {
    uint32_t value = 0;
    if (opcode != op::kLocalGet && !pop(frame, value)) return false;
    const uint32_t index = reader.u32();
    if (!context_.check(reader)) return false;
    if (index >= frame.local_count) return refuse(kNotUnderstood);
    if (opcode != op::kLocalGet) frame.locals[index] = value;
    if (opcode != op::kLocalSet) stack_.push(frame.locals[index]);
    return true;
  }

  bool call(uint32_t callee, const Frame& frame) {
    const FunctionType* const type = module_.function_type(callee);
    if (!type || type->param_count != 0 || type->result_count > 1) return refuse("it calls a function");
    // A function without parameters and results (the constructors, in a wrapper made by the linker) cannot change a
    // constant.
    if (type->result_count == 0) return true;
    uint32_t value = 0;
    if (!function(callee, frame.calls + 1, value)) return false;
    stack_.push(value);
    return true;
  }

  bool global(uint32_t index, const Frame& frame) {
    if (index < module_.imported_globals || index - module_.imported_globals >= frame.globals)
      return refuse("it reads an imported global");
    const uint32_t own = index - module_.imported_globals;
    if (module_.globals[own].is_mutable) return refuse("it reads a global that can change");
    if (frame.calls > kMaxCalls) return refuse("it reads globals too deep");
    Reader reader(module_.bytes, module_.globals[own].initialiser);
    Frame inner{.calls = frame.calls + 1, .globals = own};
    uint32_t value = 0;
    if (!run(reader, inner, value)) return false;
    stack_.push(value);
    return true;
  }

  Context& context_;
  const Module& module_;
  List<uint32_t> stack_;
  int steps_ = 0;
  const char* why_ = nullptr;  // empty: an instruction
  uint8_t instruction_ = 0;
};

}  // namespace

bool read_block_address(Context& context, const Module& module, uint32_t function, uint32_t& address) {
  Evaluator evaluator(context, module);
  if (evaluator.function(function, 0, address)) return true;
  if (!context.ok()) return false;
  Writer text(context.memory, 256);
  text.text("wasmsig_block does not return a constant that can be read from its code (");
  if (evaluator.why()[0] != '\0')
    text.text(evaluator.why());
  else
    text.text("instruction 0x").hexadecimal(evaluator.instruction(), 2);
  text.text(
      "): link the program as an ordinary executable (not -fPIC, -shared or a side module) with the unchanged "
      "libwasmsig");
  return context.fail("bad-block", text.bytes());
}

}  // namespace wasmsig::instrument
