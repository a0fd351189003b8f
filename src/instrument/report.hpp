// What was done, as JSON: the InstrumentReport of docs/reference.
#pragma once

#include "instrument/emit/memory_plan.hpp"
#include "instrument/mark.hpp"
#include "instrument/plan/plan.hpp"
#include "instrument/wasm/name_section.hpp"

namespace wasmsig::instrument {

// Why a loop has no safe point. It needs none because every round passes another one, because it is short (a fixed
// number of rounds, about a microsecond in all), or because it is straight (it has no back edge). It has none although
// it may need one because its function belongs to the runtime, was named in `skip`, is unreadable (an instruction that
// this version does not know), or would get too large for engines.
enum class Why : uint8_t { kPasses, kShort, kStraight, kRuntime, kSkip, kUnreadable, kLarge };
constexpr uint32_t kWhys = 7;

// Counts in the order in which the reasons came first.
struct WhyCounts {
  uint32_t counts[kWhys] = {};
  Why order[kWhys] = {};
  uint32_t size = 0;
  uint32_t total = 0;

  void add(Why why, uint32_t count) {
    uint32_t& known = counts[static_cast<uint8_t>(why)];
    if (known == 0) order[size++] = why;
    known += count;
    total += count;
  }
};

struct Description {
  uint32_t functions = 0;
  uint32_t with_loops = 0;
  uint32_t in_cycles = 0;
  uint32_t look_at_entry = 0;
  uint32_t long_calls = 0;
  uint32_t copied = 0;
  uint32_t loops = 0;
  uint32_t instrumented = 0;
  uint32_t strips = 0;
  WhyCounts why;
};

WhyCounts count_why(const FunctionPlan& plan);
Description describe_plan(const Module& module, const Plan& plan);

// The names under which functions are exported, in the order of the exports.
class ExportNames {
 public:
  ExportNames(Memory& memory, const Module& module);

  Span<const Bytes> of(uint32_t function) const {
    if (size_t{function} + 1 >= offsets_.size) return {};
    return {names_.data + offsets_[function], offsets_[function + 1] - offsets_[function]};
  }

 private:
  Span<uint32_t> offsets_;
  Span<Bytes> names_;
};

struct ReportInput {
  const Module& module;
  const Plan* plan;  // null: the module was instrumented before
  const Description& description;
  const FunctionNames* names;
  const ExportNames* export_names;
  const Mark& mark;
  bool is_asyncify;
  const MemoryType* memory;  // null: the runtime is injected, and the memory of no concern
  const PlannedMemory& planned;
  const Request& request;
  Span<const Bytes> dropped;
  Span<const Bytes> warnings;
  uint32_t output_size;
  uint64_t microseconds;
};

// The name of a function, or `#index`.
void write_function_name(const FunctionNames& names, const ExportNames& exports, uint32_t function, Writer& out);

// Why a function has an excuse, in words.
Writer& write_reason(const FunctionPlan& plan, Writer& out);

void write_report(Memory& scratch, const ReportInput& input, uint32_t indent, Writer& out);

}  // namespace wasmsig::instrument
