// Writes the code section according to a plan. Functions without safe points are copied byte for byte.
#pragma once

#include "instrument/emit/rewrite.hpp"

namespace wasmsig::instrument {

// What does not depend on the landings that the caller wants, and so is found once.
struct JumpsOfModule {
  OlderLongjmp older;
  Jumps jumps;
  Span<uint32_t> with_handler;  // functions that may have a handler of longjmp
};

// False: the context has failed.
bool find_jumps(Context& context, const Module& module, const Plan& plan, JumpsOfModule& result);

// Whether a longjmp out of a check is to land in a function.
struct Lands {
  bool (*predicate)(void* context, uint32_t function) = nullptr;  // null: in every one
  void* context = nullptr;

  bool operator()(uint32_t function) const { return !predicate || predicate(context, function); }
};

struct NewCode {
  // The labels that were added to a function.
  struct Labels {
    uint32_t function;
    Span<uint32_t> before;
  };
  explicit NewCode(Memory& memory)
      : labels(memory), copied(memory), landing(memory), homeless(memory), hints(memory, 256) {}

  List<Labels> labels;      // by function; only if they are wanted
  List<uint32_t> copied;    // the functions of which outlined copies are appended after all others
  List<uint32_t> landing;   // functions in which a longjmp out of a check lands where the compiler's handler is
  List<uint32_t> homeless;  // functions that have such a handler, but to which control cannot be led
  Writer hints;             // the entries of the custom section of branch hints
  uint32_t hint_count = 0;
};

struct CodeRequest {
  const Module& module;
  const Plan& plan;
  const CheckForms& forms;
  const JumpsOfModule& jumps;
  Lands lands;
  uint32_t appended;  // how many bodies the caller appends
  bool wants_labels;
};

// How many bytes the content of the code section has, about.
size_t estimate_code(const Module& module, const Plan& plan, const CheckForms& forms);

// Writes its content.
void write_code(Context& context, const CodeRequest& request, BlockTypes& types, NewCode& code, Writer& out);

}  // namespace wasmsig::instrument
