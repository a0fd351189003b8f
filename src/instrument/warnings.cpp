// What a report warns of.
#include "instrument/session.hpp"

namespace wasmsig::instrument {
namespace {

constexpr const char* kAlready = "the module is instrumented already: it stays as it is";

class Warnings {
 public:
  Warnings(Memory& memory, const FunctionNames& names, const ExportNames& exports)
      : memory_(memory), names_(names), exports_(exports), list_(memory) {}

  void add(Bytes text) { list_.push(text); }
  void add(const char* text) { add(bytes_of(text)); }

  // A warning with the names of functions.
  template <class Wanted>
  void add_functions(const char* before, Span<const uint32_t> functions, const char* after, Wanted is_wanted) {
    Writer text(memory_, 256);
    text.text(before);
    bool is_first = true;
    for (const uint32_t function : functions) {
      if (!is_wanted(function)) continue;
      if (!is_first) text.text(", ");
      is_first = false;
      write_function_name(names_, exports_, function, text);
    }
    if (!is_first) add(text.text(after).bytes());
  }
  void add_functions(const char* before, Span<const uint32_t> functions, const char* after) {
    add_functions(before, functions, after, [](uint32_t) { return true; });
  }

  Span<const Bytes> list() const { return {list_.begin(), list_.size()}; }

 private:
  Memory& memory_;
  const FunctionNames& names_;
  const ExportNames& exports_;
  List<Bytes> list_;
};

bool is_command_export(const FunctionNames& names, uint32_t function) {
  constexpr const char* kEnd = ".command_export";
  const auto size = static_cast<uint32_t>(strlen(kEnd));
  if (!names.has(function) || names[function].size < size) return false;
  const Bytes name = names[function];
  return equal(Bytes{name.data + name.size - size, size}, kEnd);
}

}  // namespace

Span<const Bytes> Session::find_warnings() {
  Memory& memory = context_.memory;
  Warnings warnings(memory, *names_, *export_names_);
  const auto is_left_out = [this](uint32_t function) {
    return plan_.functions[function - module_.first_own()].excuse != Excuse::kRuntime;
  };
  for (uint32_t i = 0; i < plan_.unbroken.size(); ++i) {
    const Span<uint32_t> group = plan_.unbroken[i];
    warnings.add_functions(
        "recursion without a safe point, as these functions are left out: ", {group.data, group.size}, "", is_left_out);
  }
  for (const Bytes note : notes_) warnings.add(note);
  if (!mark_.is_injected && is_command_export(*names_, runtime_.safe_point))
    warnings.add(
        "the linker wrapped wasmsig_safe_point so that it runs the program's constructors each time: link with a crt1 "
        "that calls __wasm_call_ctors itself");
  warnings.add_functions(
      "a longjmp out of a signal handler that interrupts a loop of these functions does not land at the setjmp in "
      "them: ",
      homeless_, "");
  if (jumps_.older.presence == OlderLongjmp::kLost) {
    List<uint32_t> invoking(memory);
    find_invoking(module_, jumps_.older, {plan_.functions.data, plan_.functions.size}, invoking);
    warnings.add_functions(
        "a longjmp out of a signal handler that interrupts a loop does not land at a setjmp in these functions: ",
        {invoking.begin(), invoking.size()}, ". Link with -sSUPPORT_LONGJMP=wasm");
  }
  if (!dropped_.empty()) {
    Writer text(memory, 128);
    text.text("dropped, because they point into code that has moved: ");
    for (uint32_t i = 0; i < dropped_.size; ++i) text.text(i == 0 ? "" : ", ").text(dropped_[i]);
    warnings.add(text.bytes());
  }
  return warnings.list();
}

Span<const Bytes> Session::complaints() {
  if (has_complaints_) return complaints_;
  has_complaints_ = true;
  Memory& memory = context_.memory;
  List<Bytes> list(memory);
  const auto add = [&](Writer& text) {
    text.u8(0);
    list.push({text.data(), text.size() - 1});
  };
  for (uint32_t i = 0; !is_instrumented_already() && i < plan_.functions.size; ++i) {
    const FunctionPlan& plan = plan_.functions[i];
    const bool is_large = plan.excuse == Excuse::kLarge && !plan.placement.loops.empty();
    if (!is_large && plan.excuse != Excuse::kUnreadable) continue;
    Writer text(memory, 128);
    write_function_name(*names_, *export_names_, module_.first_own() + i, text.text("no safe points in "));
    write_reason(plan, text.text(": "));
    add(text);
  }
  const Bytes already = bytes_of(kAlready);
  const Span<const Bytes> warnings = is_instrumented_already() ? Span<const Bytes>{&already, 1} : find_warnings();
  for (const Bytes warning : warnings) {
    Writer text(memory, 128);
    add(text.text(warning));
  }
  complaints_ = {list.begin(), list.size()};
  return complaints_;
}

// It is followed by a NUL byte.
Bytes Session::report(uint32_t indent, uint64_t microseconds) {
  const Bytes already = bytes_of(kAlready);
  const ReportInput input{.module = module_,
                          .plan = is_instrumented_already() ? nullptr : &plan_,
                          .description = description_,
                          .names = names_,
                          .export_names = export_names_,
                          .mark = mark_,
                          .is_asyncify = asyncify_state_ >= 0,
                          .memory = mark_.is_injected ? nullptr : &module_.memories[memory_index_],
                          .planned = planned_,
                          .request = request_,
                          .dropped = is_instrumented_already() ? Span<const Bytes>{} : dropped_,
                          .warnings = is_instrumented_already() ? Span<const Bytes>{&already, 1} : find_warnings(),
                          .output_size = output_.size,
                          .microseconds = microseconds};
  Writer out(context_.memory, 4096);
  write_report(context_.scratch, input, indent, out);
  out.u8(0);
  return {out.data(), out.size() - 1};
}

}  // namespace wasmsig::instrument
