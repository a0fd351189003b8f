#include "instrument/emit/code_section.hpp"

#include "instrument/sort.hpp"

namespace wasmsig::instrument {
namespace {

constexpr uint32_t kMostOfSize = 5;  // bytes of a function's size, at most

class CodeWriter {
 public:
  CodeWriter(Context& context, const CodeRequest& request, BlockTypes& types, NewCode& code, Writer& out)
      : context_(context),
        module_(request.module),
        plan_(request.plan),
        request_(request),
        code_(code),
        out_(out),
        emission_{request.module, request.forms, request.jumps.jumps, types, out},
        rewritten_(context.emission),
        landings_(context.emission) {}

  void write() {
    find_landings();
    for (uint32_t i = 0; i < plan_.functions.size; ++i)
      if (plan_.functions[i].copied) code_.copied.push(module_.first_own() + i);
    out_.u32(module_.bodies.size() + code_.copied.size() + request_.appended);
    uint32_t copies = 0;
    for (uint32_t i = 0; i < plan_.functions.size; ++i) {
      const bool is_copied = plan_.functions[i].copied;
      write_own(i, is_copied ? module_.functions() + copies : kNoFunction);
      if (is_copied) copies++;
    }
    for (uint32_t i = 0; i < code_.copied.size(); ++i) write_copy(module_.functions() + i, code_.copied[i]);
  }

 private:
  void find_landings() {
    OperandTypes types(context_.emission, module_);
    for (const uint32_t function : request_.jumps.with_handler) {
      const bool has_safe_points = plan_.functions[function - module_.first_own()].placement.has_any_safe_point();
      Landing landing;
      landing.is_lost = has_safe_points;
      if (request_.lands(function))
        landing = find_landing(context_, module_, types, function, request_.jumps.jumps, has_safe_points);
      if (landing.is_there) code_.landing.push(function);
      if (landing.is_lost) code_.homeless.push(function);
      landings_.push(landing);
    }
  }

  const Landing* landing_of(uint32_t function) const {
    const Span<uint32_t> list = request_.jumps.with_handler;
    const uint32_t at = lower_bound(list, function, [](uint32_t one) { return one; });
    return at < list.size && list[at] == function && landings_[at].is_there ? &landings_[at] : nullptr;
  }

  void write_own(uint32_t i, uint32_t copy) {
    const uint32_t function = module_.first_own() + i;
    const FunctionPlan& plan = plan_.functions[i];
    const Landing* const landing = landings_.empty() ? nullptr : landing_of(function);
    if (!plan.entry && !landing && !plan.placement.has_any_safe_point()) return copy_body(module_.bodies[i]);
    context_.scratch.reset();
    Checks checks = checks_of(function, plan, landing);
    if (copy != kNoFunction) checks.away = leave_for(copy, function);
    rewrite(function, module_.bodies[i], checks);
  }

  void write_copy(uint32_t copy, uint32_t function) {
    const uint32_t i = function - module_.first_own();
    context_.scratch.reset();
    Checks checks = checks_of(function, plan_.functions[i], landings_.empty() ? nullptr : landing_of(function));
    checks.entry = Check::kNone;
    checks.is_copy = true;
    rewrite(copy, module_.bodies[i], checks);
  }

  void copy_body(const Range& body) {
    out_.u32(body.size());
    out_.copy(module_.bytes, body.start, body.end);
  }

  Checks checks_of(uint32_t function, const FunctionPlan& plan, const Landing* landing) {
    const Placement& placement = plan.placement;
    const FunctionType* const type = module_.function_type(function);
    Checks checks;
    checks.parameters = type ? type->param_count : 0;
    checks.loops = checks_of_loops(placement);
    checks.begins = outermost(placement);
    checks.decided = {placement.loops.data, placement.loops.size};
    checks.landing = landing;
    if (!plan.entry) return checks;
    checks.entry = Check::kUsual;
    for (const Callee& callee : placement.callees)
      if (plan_.is_opaque(callee.function)) checks.entry = Check::kClobbered;
    return checks;
  }

  Span<const Check> checks_of_loops(const Placement& placement) {
    const Span<Check> loops = zeroed<Check>(context_.scratch, placement.loops.size);
    const Span<uint8_t> is_clobbered = zeroed<uint8_t>(context_.scratch, placement.loops.size);
    for (const Callee& callee : placement.callees)
      if (callee.loop != kNoLoop && plan_.is_opaque(callee.function))
        is_clobbered[static_cast<uint32_t>(callee.loop)] = 1;
    // A loop's number is higher than that of the loop around it.
    for (uint32_t at = loops.size; at > 0; --at) {
      const int32_t outer = placement.outer[at - 1];
      if (is_clobbered[at - 1] != 0 && outer != kNoLoop) is_clobbered[static_cast<uint32_t>(outer)] = 1;
      if (has_safe_point(placement.loops[at - 1]))
        loops[at - 1] = is_clobbered[at - 1] != 0 ? Check::kClobbered : Check::kUsual;
    }
    return {loops.data, loops.size};
  }

  // The outermost loops that have a check, or in which a loop has one.
  Span<const uint8_t> outermost(const Placement& placement) {
    const Span<uint8_t> has_check = zeroed<uint8_t>(context_.scratch, placement.loops.size);
    for (uint32_t at = has_check.size; at > 0; --at) {
      if (has_safe_point(placement.loops[at - 1])) has_check[at - 1] = 1;
      const int32_t outer = placement.outer[at - 1];
      if (outer == kNoLoop) continue;
      has_check[static_cast<uint32_t>(outer)] |= has_check[at - 1];
      has_check[at - 1] = 0;
    }
    return {has_check.data, has_check.size};
  }

  // Code that continues in another function of the same type.
  Bytes leave_for(uint32_t copy, uint32_t function) {
    const FunctionType* const type = module_.function_type(function);
    Writer away(context_.scratch, 32);
    for (uint32_t local = 0; type && local < type->param_count; ++local) {
      away.u8(op::kLocalGet);
      away.u32(local);
    }
    away.u8(op::kCall);
    away.u32(copy);
    away.u8(op::kReturn);
    return away.bytes();
  }

  void rewrite(uint32_t function, const Range& body, const Checks& checks) {
    // The size precedes the body, and is known behind it. Most bodies do not grow beyond what a size of this many bytes
    // can say; the others are moved.
    const uint32_t start = out_.size();
    const uint32_t room = Writer::encoded_size(body.size());
    out_.reserve(size_t{body.size()} + kMostOfSize);
    for (uint32_t i = 0; i < room; ++i) out_.u8(0);
    rewrite_body(emission_, context_.scratch, body, checks, rewritten_);
    const uint32_t size = out_.size() - start - room;
    uint8_t encoded[kMostOfSize];
    const uint32_t needed = Writer::encode(encoded, size);
    for (uint32_t i = room; i < needed; ++i) out_.u8(0);
    if (needed != room) memmove(out_.data() + start + needed, out_.data() + start + room, size);
    memcpy(out_.data() + start, encoded, needed);
    out_.truncate(start + needed + size);
    if (request_.wants_labels) code_.labels.push({function, keep(context_.emission, rewritten_.labels)});
    add_hints(function);
  }

  // An engine that reads these moves the target of a branch that is unlikely out of the hot code. Others ignore them.
  void add_hints(uint32_t function) {
    if (rewritten_.unlikely.empty()) return;
    code_.hint_count++;
    code_.hints.u32(function);
    code_.hints.u32(rewritten_.unlikely.size());
    for (const uint32_t at : rewritten_.unlikely) {
      code_.hints.u32(at);
      code_.hints.op(1, 0);  // one byte: unlikely
    }
  }

  Context& context_;
  const Module& module_;
  const Plan& plan_;
  const CodeRequest& request_;
  NewCode& code_;
  Writer& out_;
  Emission emission_;
  Rewritten rewritten_;
  List<Landing> landings_;  // of the functions that may have a handler
};

}  // namespace

size_t estimate_code(const Module& module, const Plan& plan, const CheckForms& forms) {
  const CheckForm& form = forms.usual;
  const size_t check = size_t{form.wanted.size} + form.passed.size + form.slow.size + 24;
  size_t total = 64;
  for (uint32_t i = 0; i < plan.functions.size; ++i) {
    const FunctionPlan& one = plan.functions[i];
    size_t size = module.bodies[i].size() + 5;
    for (const Decision decision : one.placement.loops)
      if (has_safe_point(decision)) size += check;
    if (one.entry) size += check;
    if (one.placement.repeated < module.bodies[i].size() * uint64_t{8})
      size += static_cast<size_t>(one.placement.repeated);
    total += one.copied ? 2 * size : size;
  }
  return total;
}

void write_code(Context& context, const CodeRequest& request, BlockTypes& types, NewCode& code, Writer& out) {
  CodeWriter(context, request, types, code, out).write();
}

}  // namespace wasmsig::instrument
