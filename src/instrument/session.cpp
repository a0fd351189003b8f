// Why: docs/rationale.md#why-does-it-rewrite-bytes-not-a-tree
#include "instrument/session.hpp"

#include <new>

#include "instrument/emit/assemble.hpp"

namespace wasmsig::instrument {
namespace {

constexpr uint32_t kPage = 65536;
constexpr uint32_t kBlockAlignment = 64;

// Calls `skip` for every name of the function: the caller counts which of its patterns are used.
bool is_skipped(const Request& request, const FunctionNames& names, const ExportNames& exports, uint32_t function) {
  if (!request.skip) return false;
  const auto asks = [&](Bytes name) {
    return request.skip(request.context, reinterpret_cast<const char*>(name.data), name.size);
  };
  bool result = names.has(function) && asks(names[function]);
  for (const Bytes name : exports.of(function)) result = asks(name) || result;
  return result;
}

}  // namespace

bool Session::internal(const char* why) {
  Writer text(context_.memory, 160);
  text.text("wasmsig could not instrument this module (").text(why).text("): please report it with the module");
  return context_.fail("internal", text.bytes());
}

bool Session::open(Bytes bytes, const Request& request) {
  request_ = request;
  if (!read_sections(context_, bytes, module_) || !refuse_by_sections(context_, module_) ||
      !read_mark(context_, module_, mark_))
    return false;
  return !mark_.is_there || pass_through();
}

// The result for a module that is instrumented already.
bool Session::pass_through() {
  if (request_.runtime != Request::kEither && (request_.runtime == Request::kInjected) != mark_.is_injected)
    return context_.fail("already-instrumented", mark_.is_injected
                                                     ? "the module is already instrumented, with an injected runtime: "
                                                       "instrument the original instead"
                                                     : "the module is already instrumented, with the runtime of "
                                                       "libwasmsig: leave the option runtime out");
  if (!read_module(context_, module_) || !find_asyncify_state(context_, module_, asyncify_state_)) return false;
  output_ = module_.bytes;
  return mark_.is_injected || find_kept_memory();
}

// The memory of a linked program that is instrumented already.
bool Session::find_kept_memory() {
  int64_t index = -1;
  if (!find_program_memory(context_, module_, index) || !check_memory(index)) return false;
  const MemoryType& memory = module_.memories[memory_index_];
  planned_ = {memory.is_shared(), memory.limits.has_maximum, memory.limits.maximum};
  return true;
}

bool Session::check_memory(int64_t index) {
  if (index < 0 || index >= module_.memories.size()) return internal("it exports a memory that it does not have");
  memory_index_ = static_cast<uint32_t>(index);
  return true;
}

bool Session::refuse_memories() {
  Module module(context_.memory);
  if (!read_sections(context_, module_.bytes, module) || !read_module(context_, module)) {
    context_.failure = {};  // what is wrong with the module otherwise, the engine has said
    return false;
  }
  if (request_.runtime != Request::kLinked && is_foreign(module)) return false;
  for (const MemoryType& memory : module.memories)
    if (!refuse_memory(context_, memory)) return true;
  return false;
}

bool Session::plan() {
  if (mark_.is_there) return true;
  if (!read_module(context_, module_) || !choose_runtime(context_, module_, request_, mark_.is_injected)) return false;
  if (!(mark_.is_injected ? may_inject(context_, module_, request_) : plan_program())) return false;
  names_ = new (context_.memory.allocate(sizeof(FunctionNames))) FunctionNames(context_, module_);
  export_names_ = new (context_.memory.allocate(sizeof(ExportNames))) ExportNames(context_.memory, module_);
  return make_plan_of_functions() && find_asyncify_state(context_, module_, asyncify_state_);
}

// What holds only for a linked program.
bool Session::plan_program() {
  if (!find_program() || !check_block()) return false;
  const bool is_rung = has_host(module_);
  if (!plan_memory(context_, module_.memories[memory_index_], request_, is_rung, planned_)) return false;
  is_load_ = planned_.is_shared && is_rung;
  return true;
}

bool Session::find_program() {
  if (module_.memories.empty())
    return context_.fail("no-memory",
                         "the module has no memory, so it is not a program linked with libwasmsig: link it with "
                         "libwasmsig first");
  int64_t index = -1;
  // The memory first: the exports of a module with another kind have other types.
  return find_program_memory(context_, module_, index) && check_memory(index) &&
         refuse_memory(context_, module_.memories[memory_index_]) && read_runtime(context_, module_, runtime_);
}

bool Session::check_block() {
  uint32_t block = 0;
  if (!read_block_address(context_, module_, runtime_.block, block)) return false;
  const uint64_t size = uint64_t{module_.memories[memory_index_].limits.minimum} * kPage;
  mark_.block = block;
  if (block % kBlockAlignment == 0 && block != 0 && uint64_t{block} + kDoorbellOffset + 4 <= size) return true;
  Writer text(context_.memory, 200);
  text.text("wasmsig_block returns ").decimal(block);
  text.text(
      ", which is not an address of a control block in this memory: link the unchanged libwasmsig of the same version");
  return context_.fail("bad-block", text.bytes());
}

bool Session::make_plan_of_functions() {
  const Span<Excuse> excuses = zeroed<Excuse>(context_.memory, module_.bodies.size());
  for (uint32_t i = 0; i < excuses.size; ++i) {
    const uint32_t function = module_.first_own() + i;
    if (is_skipped(request_, *names_, *export_names_, function))
      excuses[i] = Excuse::kSkip;
    else if (!mark_.is_injected && runtime_.has(function))
      excuses[i] = Excuse::kRuntime;  // functions that they call may have safe points: the runtime guards itself
  }
  const uint32_t safe[] = {runtime_.safe_point, runtime_.deliver};
  const PlanRequest request{.excuses = {excuses.data, excuses.size},
                            .safe = {safe, mark_.is_injected ? 0U : 2U},
                            .loads = is_load_,
                            .prefers_size = request_.prefers_size};
  const bool is_made = make_plan(context_, module_, request, plan_);
  context_.search.release();
  return is_made;
}

void Session::choose_form() {
  Memory& memory = context_.emission;
  const Word doorbell{memory_index_, static_cast<uint32_t>(mark_.block) + kDoorbellOffset};
  const uint32_t global = module_.imported_globals + module_.globals.size();
  const uint32_t appended = module_.functions() + description_.copied;
  injection_ = {.first = appended, .count = global};
  forms_ = {};
  forms_.countdown = {.refill = appended + (mark_.is_injected ? Injection::kFunctions : 0), .count = global};
  forms_.asyncify_state = asyncify_state_;
  forms_.is_countdown = mark_.is_countdown = !is_load_;
  // Only programs with threads are linked with shared memory.
  is_threaded_ = is_load_ && module_.memories[memory_index_].is_shared();
  CheckForm form;
  if (is_threaded_)
    form = threaded_form(memory, doorbell, global, runtime_.safe_point);
  else if (is_load_)
    form = shared_form(memory, doorbell, runtime_.safe_point);
  else
    form = countdown_form(memory, forms_.countdown);
  forms_.usual = forms_.in_module(memory, form);
}

bool Session::emit(const Lands& lands) {
  if (mark_.is_there) return true;
  context_.emission.reset();
  output_ = {};
  description_ = describe_plan(module_, plan_);
  choose_form();  // behind the copies, which the description counts, comes what is injected
  // No handler of an injected runtime jumps.
  if (!has_jumps_ && !mark_.is_injected && !find_jumps(context_, module_, plan_, jumps_)) return false;
  has_jumps_ = true;
  const auto gap = static_cast<uint32_t>(estimate_gap(module_, plan_));
  const size_t rest = module_.bytes.size / 64;
  Writer out(context_.emission, static_cast<uint32_t>(gap + estimate_code(module_, plan_, forms_) + rest));
  out.truncate(gap);
  BlockTypes types(context_, module_);
  NewCode code(context_.emission);
  AddedName names[1 + Injection::kFunctions];
  const uint32_t added = name_added(names);
  const CodeRequest request{module_, plan_, forms_, jumps_, lands, added, names_->has_labels()};
  write_code(context_, request, types, code, out);
  Replaced replaced;
  if (!context_.ok()) return false;
  if (!mark_.is_injected && !replace_memory(context_, module_, memory_index_, request_, planned_, replaced))
    return false;
  Appended appended(context_.emission);
  append(code, types, appended, out);
  if (!appended.write(context_, module_, replaced)) return false;

  Writer mark(context_.emission, 128);
  write_mark(mark, mark_, description_.instrumented + description_.look_at_entry);
  List<Bytes> dropped(context_.emission);
  const AssembleRequest parts{module_, replaced, code, mark.bytes(), {names, added}, added_feature()};
  uint32_t start = 0;
  if (!assemble(context_, parts, gap, out, start, dropped)) return false;
  output_ = {out.data() + start, out.size() - start};
  landings_ = {code.landing.begin(), code.landing.size()};
  homeless_ = {code.homeless.begin(), code.homeless.size()};
  dropped_ = {dropped.begin(), dropped.size()};
  context_.scratch.reset();
  return true;
}

// The functions that are appended behind the copies. Returns how many.
uint32_t Session::name_added(AddedName* names) const {
  uint32_t count = 0;
  if (mark_.is_injected)
    for (uint32_t i = 0; i < Injection::kFunctions; ++i) names[count++] = {injection_.first + i, Injection::kNames[i]};
  if (forms_.is_countdown) names[count++] = {forms_.countdown.refill, Countdown::kName};
  return count;
}

void Session::append(const NewCode& code, const BlockTypes& types, Appended& appended, Writer& out) const {
  for (const uint32_t function : code.copied) appended.add(section::kFunction).u32(module_.function_types[function]);
  if (types.added_count() > 0) appended.add(section::kType, types.added_count()).append(types.added());
  // The value of the doorbell that the slow path left; a quiet one is 0.
  if (is_threaded_) appended.add(section::kGlobal).op(type::kI32, 0x01, op::kI32Const, 0x00, op::kEnd);
  const uint32_t first_type = module_.types.size() + types.added_count();
  if (mark_.is_injected) inject(module_, injection_, first_type, appended, out);
  if (!forms_.is_countdown) return;
  const uint32_t safe_point = mark_.is_injected ? injection_.safe_point() : runtime_.safe_point;
  const uint32_t type = mark_.is_injected ? first_type : module_.function_types[safe_point];
  append_countdown(forms_.countdown, type, safe_point, appended, out);
}

// The feature that the result needs, for tools that read it later.
const char* Session::added_feature() const {
  if (mark_.is_injected) return "reference-types";
  return planned_.is_shared ? "atomics" : nullptr;
}

void Session::add_note(Bytes text) {
  Writer copy(context_.memory, text.size);
  copy.append(text);
  notes_.push(copy.bytes());
}

void Session::release() {
  context_.memory.release();
  context_.scratch.release();
  context_.search.release();
  context_.emission.release();
}

}  // namespace wasmsig::instrument
