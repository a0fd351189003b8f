// What tests of the rewriter call between the plan and the output (tests/support/changed_rewriter.js).
#include "instrument/interface.hpp"
#include "instrument/wasm/operands.hpp"

namespace wasmsig::instrument {
namespace {

// At the end of each construct lie its results.
class Checked : public Operands {
 public:
  Checked(Memory& memory, const Module& module, OperandTypes& types, const Locals& locals, Span<const uint8_t> results)
      : Operands(memory, module, types, locals), results_(results) {}

  void close(uint32_t after) {
    const Span<const uint8_t> results = constructs_.empty() ? results_ : constructs_.last().results;
    if (is_known_) {
      known_++;
      bool same = stack_.size() - base() == results.size;
      // A reference may be one to a subtype. That none is known of a type that is not spelled in one byte is no fault.
      for (uint32_t i = 0; same && i < results.size; ++i) same = number(stack_[base() + i]) == number(results[i]);
      if (!same) wrong_++;
    }
    Operands::close(after);
  }

  int known() const { return known_; }
  int wrong() const { return wrong_; }

 private:
  static uint8_t number(uint8_t type) { return type >= 0x7b && type <= 0x7f ? type : 0; }

  Span<const uint8_t> results_;
  int known_ = 0;
  int wrong_ = 0;
};

}  // namespace
}  // namespace wasmsig::instrument

using namespace wasmsig::instrument;

#define CHANGED_EXPORT(name) extern "C" __attribute__((export_name(name)))

// A check in every loop, and at every entry that may have one. `copied`: bit 0: functions of even numbers have a copy; bit
// 1: those of odd ones.
CHANGED_EXPORT("check_everywhere") void check_everywhere(wsig_instrumenter* session, uint32_t copied) {
  uint32_t i = 0;
  for (FunctionPlan& one : session->session.plan_of_functions().functions) {
    const bool is_copied = (copied >> (i++ % 2) & 1) != 0;
    if (one.excuse != Excuse::kNone) continue;
    one.entry = true;
    one.copied = is_copied;
    for (Decision& decision : one.placement.loops) decision = Decision::kSafePoint;
  }
}

CHANGED_EXPORT("check_nowhere") void check_nowhere(wsig_instrumenter* session) {
  for (FunctionPlan& one : session->session.plan_of_functions().functions) {
    one.entry = false;
    one.excuse = Excuse::kSkip;
    for (Decision& decision : one.placement.loops) decision = Decision::kExcluded;
  }
}

// At how many ends of constructs the operand types are known; or, if at some of them they are not the construct's
// results, the number of these, negative.
CHANGED_EXPORT("check_operands") int check_operands(wsig_instrumenter* session) {
  Session& of = session->session;
  const Module& module = of.module();
  Memory& memory = of.context().scratch;
  OperandTypes types(memory, module);
  int known = 0;
  int wrong = 0;
  for (uint32_t i = 0; i < module.bodies.size(); ++i) {
    const uint32_t type = module.function_types[module.first_own() + i];
    const Range& body = module.bodies[i];
    const Locals locals(memory, module, *module.function_type(module.first_own() + i), body);
    Checked checked(memory, module, types, locals, types.of(type).results);
    Reader reader(module.bytes, body);
    walk_body(reader, checked);
    known += checked.known();
    wrong += checked.wrong();
  }
  return wrong > 0 ? -wrong : known;
}
