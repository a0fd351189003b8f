#include "instrument/report.hpp"

#include "instrument/json.hpp"

namespace wasmsig::instrument {
namespace {

constexpr const char* kWhyNames[kWhys] = {"passes", "short", "straight", "runtime", "skip", "unreadable", "large"};

Why why_of(Decision decision, Excuse excuse) {
  switch (decision) {
    case Decision::kCovered: return Why::kPasses;
    case Decision::kShort: return Why::kShort;
    case Decision::kNotALoop: return Why::kStraight;
    default: break;
  }
  switch (excuse) {
    case Excuse::kRuntime: return Why::kRuntime;
    case Excuse::kSkip: return Why::kSkip;
    case Excuse::kLarge: return Why::kLarge;
    default: return Why::kUnreadable;
  }
}

// How many loops are unrolled.
uint32_t count_strips(const Placement& placement) {
  uint32_t count = 0;
  for (const Decision decision : placement.loops) count += decision == Decision::kUnrolled ? 1 : 0;
  return count;
}

class Report {
 public:
  Report(Memory& scratch, const ReportInput& input, uint32_t indent, Writer& out)
      : scratch_(scratch), input_(input), json_(out, indent) {}

  void write() {
    const Description& all = input_.description;
    json_.begin_object();
    json_.key("already_instrumented").boolean(!input_.plan);
    json_.key("loops").begin_object();
    number("found", all.loops);
    number("instrumented", all.instrumented);
    number("strips", all.strips);
    number("left_out", all.why.total);
    why("why", all.why);
    json_.end_object();
    json_.key("functions").begin_object();
    number("total", all.functions);
    number("with_loops", all.with_loops);
    number("in_cycles", all.in_cycles);
    number("look_at_entry", all.look_at_entry);
    number("long", all.long_calls);
    number("copied", all.copied);
    json_.end_object();
    functions("left_out", &Report::left_out);
    functions("per_function", &Report::per_function);
    rest();
    json_.end_object();
  }

 private:
  void number(const char* key, int64_t value) { json_.key(key).number(value); }

  void why(const char* key, const WhyCounts& counts) {
    json_.key(key).begin_object();
    for (uint32_t i = 0; i < counts.size; ++i)
      number(kWhyNames[static_cast<uint8_t>(counts.order[i])], counts.counts[static_cast<uint8_t>(counts.order[i])]);
    json_.end_object();
  }

  void functions(const char* key, void (Report::*each)(uint32_t function, const FunctionPlan& plan)) {
    json_.key(key).begin_array();
    for (uint32_t i = 0; input_.plan && i < input_.plan->functions.size; ++i)
      (this->*each)(input_.module.first_own() + i, input_.plan->functions[i]);
    json_.end_array();
  }

  void name(uint32_t function) {
    scratch_.reset();
    Writer text(scratch_, 64);
    write_function_name(*input_.names, *input_.export_names, function, text);
    json_.key("function").string(text.bytes());
    number("index", function);
  }

  void left_out(uint32_t function, const FunctionPlan& plan) {
    const bool is_unreadable = plan.excuse == Excuse::kUnreadable;
    if (plan.excuse == Excuse::kNone || (plan.placement.loops.empty() && !is_unreadable)) return;
    json_.begin_object();
    name(function);
    number("loops", plan.placement.loops.size);
    json_.key("why").string(kWhyNames[static_cast<uint8_t>(why_of(Decision::kExcluded, plan.excuse))]);
    Writer text(scratch_, 128);
    json_.key("reason").string(write_reason(plan, text).bytes());
    json_.end_object();
  }

  void per_function(uint32_t function, const FunctionPlan& plan) {
    const uint32_t found = plan.placement.loops.size;
    if (found == 0 && !plan.entry) return;
    const WhyCounts counts = count_why(plan);
    json_.begin_object();
    name(function);
    number("loops", found);
    number("safe_points", found - counts.total);
    number("strips", count_strips(plan.placement));
    json_.key("entry").boolean(plan.entry);
    why("left_out", counts);
    json_.end_object();
  }

  void rest() {
    json_.key("look").string(input_.mark.is_countdown ? "countdown" : "shared");
    json_.key("asyncify").boolean(input_.is_asyncify);
    json_.key("runtime").string(input_.mark.is_injected ? "injected" : "linked");
    if (input_.memory) {
      number("block", input_.mark.block);
      number("doorbell", input_.mark.block + kDoorbellOffset);
      memory(*input_.memory);
    } else {
      json_.key("block").null();
      json_.key("doorbell").null();
      json_.key("memory").null();
    }
    texts("dropped_sections", input_.dropped);
    texts("warnings", input_.warnings);
    json_.key("bytes").begin_object();
    number("before", input_.module.bytes.size);
    number("after", input_.output_size);
    json_.end_object();
    // in tenths, rounded
    json_.key("milliseconds").tenths((input_.microseconds + 50) / 100);
  }

  void memory(const MemoryType& memory) {
    json_.key("memory").begin_object();
    number("minimum", memory.limits.minimum);
    json_.key("maximum");
    if (input_.planned.has_maximum)
      json_.number(input_.planned.maximum);
    else
      json_.null();
    json_.key("shared").boolean(input_.planned.is_shared);
    json_.key("was_shared").boolean(memory.is_shared());
    json_.key("import");
    const bool is_new = input_.request.imports_memory && input_.plan;
    if (is_new)
      import({input_.request.import_module, input_.request.import_name});
    else if (memory.imported)
      import(memory.from);
    else
      json_.null();
    json_.end_object();
  }

  void import(const ImportedFunction& from) {
    json_.begin_object();
    json_.key("module").string(from.module);
    json_.key("name").string(from.name);
    json_.end_object();
  }

  void texts(const char* key, Span<const Bytes> list) {
    json_.key(key).begin_array();
    for (const Bytes text : list) json_.string(text);
    json_.end_array();
  }

  Memory& scratch_;
  const ReportInput& input_;
  Json json_;
};

}  // namespace

WhyCounts count_why(const FunctionPlan& plan) {
  WhyCounts counts;
  for (const Decision decision : plan.placement.loops)
    if (!has_safe_point(decision)) counts.add(why_of(decision, plan.excuse), 1);
  return counts;
}

Description describe_plan(const Module& module, const Plan& plan) {
  Description all;
  all.functions = module.bodies.size();
  all.in_cycles = plan.in_cycles;
  all.long_calls = plan.long_calls;
  for (const FunctionPlan& one : plan.functions) {
    const WhyCounts counts = count_why(one);
    const uint32_t found = one.placement.loops.size;
    all.look_at_entry += one.entry ? 1 : 0;
    all.copied += one.copied ? 1 : 0;
    all.with_loops += found > 0 || one.excuse == Excuse::kUnreadable ? 1 : 0;
    all.loops += found;
    all.instrumented += found - counts.total;
    all.strips += count_strips(one.placement);
    for (uint32_t i = 0; i < counts.size; ++i)
      all.why.add(counts.order[i], counts.counts[static_cast<uint8_t>(counts.order[i])]);
  }
  return all;
}

ExportNames::ExportNames(Memory& memory, const Module& module)
    : offsets_(zeroed<uint32_t>(memory, size_t{module.functions()} + 2)) {
  const auto for_each = [&](auto each) {
    for (const Export& one : module.exports)
      if (one.kind == external::kFunction && one.index < module.functions()) each(one);
  };
  // Counts are kept two places further, so that the places become the beginnings while they are filled.
  for_each([this](const Export& one) { offsets_[one.index + 2]++; });
  for (uint32_t i = 2; i < offsets_.size; ++i) offsets_[i] += offsets_[i - 1];
  names_ = zeroed<Bytes>(memory, offsets_[offsets_.size - 1]);
  for_each([this](const Export& one) { names_[offsets_[one.index + 1]++] = one.name; });
}

void write_function_name(const FunctionNames& names, const ExportNames& exports, uint32_t function, Writer& out) {
  const Span<const Bytes> exported = exports.of(function);
  if (names.has(function))
    out.append(names[function]);
  else if (!exported.empty())
    out.append(exported[0]);
  else
    out.text("#").decimal(function);
}

Writer& write_reason(const FunctionPlan& plan, Writer& out) {
  switch (plan.excuse) {
    case Excuse::kRuntime: return out.text("part of the wasmsig runtime");
    case Excuse::kSkip: return out.text("named in skip");
    case Excuse::kLarge: return out.text("the function would be larger than engines accept");
    default: break;
  }
  describe(out.text("the function has "), *plan.placement.unknown);
  return out.text("; it could be read only up to there");
}

void write_report(Memory& scratch, const ReportInput& input, uint32_t indent, Writer& out) {
  Report(scratch, input, indent, out).write();
}

}  // namespace wasmsig::instrument
