// The parts of a longjmp that is implemented in JavaScript, Emscripten's default.
//
// The compiler makes calls that may jump through imports `invoke_...`, which catch the exception. `emscripten_longjmp`
// has stored the target of the jump with `setThrew` in two words of memory. The code after each such call reads these
// words, as the handler of a try does in the other lowerings. The exception is a number, and is dropped; an exception
// of another kind, as thrown by exit(), leaves the words 0.
#pragma once

#include "instrument/plan/plan.hpp"

namespace wasmsig::instrument {

struct OlderLongjmp {
  // A word of memory: the code that computes its address, and the operand of the instructions that read and write it.
  struct Word {
    Bytes address;
    Bytes operand;
  };
  enum Presence : uint8_t { kAbsent, kPresent, kLost };  // kLost: its words cannot be found

  Presence presence = kAbsent;
  uint32_t thrower = 0;         // the import that throws
  uint32_t stack_pointer = 0;   // the global, which those imports reset
  Word threw;                   // the word with the address of the jmp_buf
  Word value;                   // the word with the value of the jump
  Span<const uint8_t> invokes;  // by imported function, not 0: it is such an import

  bool is_present() const { return presence == kPresent; }
  bool is_invoke(uint32_t function) const { return function < invokes.size && invokes[function] != 0; }
};

// False: the context has failed.
bool find_older_longjmp(Context& context, const Module& module, OlderLongjmp& result);

// Functions with safe points in loops that may contain a setjmp.
void find_invoking(const Module& module, const OlderLongjmp& older, Span<const FunctionPlan> plans,
                   List<uint32_t>& result);

}  // namespace wasmsig::instrument
