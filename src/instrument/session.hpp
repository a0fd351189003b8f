// One module on its way: read, checked, planned, and written once or more often.
#pragma once

#include "instrument/check_input.hpp"
#include "instrument/emit/code_section.hpp"
#include "instrument/emit/inject.hpp"
#include "instrument/emit/memory_plan.hpp"
#include "instrument/mark.hpp"
#include "instrument/report.hpp"
#include "instrument/wasm/name_section.hpp"
#include "instrument/wasm/vectors.hpp"

namespace wasmsig::instrument {

class Session {
 public:
  Session() : module_(context_.memory), plan_(context_.memory), notes_(context_.memory) {}

  Context& context() { return context_; }
  const Failure& failure() const { return context_.failure; }

  // The steps, in this order. Each returns whether the session has not failed.
  bool open(Bytes bytes, const Request& request);
  bool plan();
  bool emit(const Lands& lands);

  // Says more than an engine without multiple memories about a module that it finds invalid. Call it before plan().
  bool refuse_memories();

  // A warning of the caller's, for the report.
  void add_note(Bytes text);

  bool is_instrumented_already() const { return mark_.is_there; }
  // Whether the name section names anything; after plan().
  bool has_names() const { return names_ && !names_->empty(); }
  // After plan(). Tests change it.
  Plan& plan_of_functions() { return plan_; }
  const Module& module() const { return module_; }
  // After emit().
  Bytes output() const { return output_; }
  Span<const uint32_t> landings() const { return landings_; }
  Bytes report(uint32_t indent, uint64_t microseconds);
  // What the user should know. Each is followed by a NUL byte.
  Span<const Bytes> complaints();

  void release();

 private:
  bool pass_through();
  bool find_kept_memory();
  bool plan_program();
  bool find_program();
  bool check_memory(int64_t index);
  bool check_block();
  bool make_plan_of_functions();
  void choose_form();
  uint32_t name_added(AddedName* names) const;
  bool internal(const char* why);
  void append(const NewCode& code, const BlockTypes& types, Appended& appended, Writer& out) const;
  const char* added_feature() const;
  Span<const Bytes> find_warnings();

  Context context_;
  Request request_;
  Module module_;
  Mark mark_;            // of the input, or of the output
  Runtime runtime_;      // if it is the library's
  Injection injection_;  // if it is injected
  // Of a linked program.
  uint32_t memory_index_ = 0;
  PlannedMemory planned_;
  FunctionNames* names_ = nullptr;
  ExportNames* export_names_ = nullptr;
  Plan plan_;
  Description description_;
  int64_t asyncify_state_ = -1;
  bool is_load_ = false;  // whether checks are loads of the doorbell
  CheckForms forms_;
  bool is_threaded_ = false;
  bool has_jumps_ = false;
  JumpsOfModule jumps_;
  List<Bytes> notes_;
  Bytes output_;
  Span<const uint32_t> landings_;
  Span<const uint32_t> homeless_;
  Span<const Bytes> dropped_;
  Span<const Bytes> complaints_;
  bool has_complaints_ = false;
};

}  // namespace wasmsig::instrument
