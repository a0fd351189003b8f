// Why: docs/rationale.md#why-does-a-jump-out-of-a-handler-need-code-to-land
//
// The landing of a longjmp out of a check, in a function that calls setjmp.
//
// The compiler puts all calls of such a function into a try. Its handler asks whether the jump is to this function
// (`__wasm_setjmp_test`), and continues after that setjmp. A check may be outside of that try, in a loop without calls,
// and there the exception would leave the function. So the check catches it, and control goes to the beginning of the
// compiler's try, where the exception is thrown again:
//
//     (loop $home
//       (block $caught i32
//         (block $skip  (br_if $skip (WAY >= here))  ...code...)
//         (block ...
//           (block $skip  (br_if $skip (WAY >= here))  ...code...)
//           (try
//             (if (WAY == here)  (WAY := 0)  throw $longjmp JUMP)
//             ...code...
//            catch $longjmp  ...the compiler's handler...)
//           ... a check:  (try  SLOW  catch $longjmp  br $caught)
//         return)
//       (JUMP :=)  RESTORE  (WAY := there)
//       br $home)
//
// WAY is a new local: 0, or the offset of the try in the function's code. Control enters a construct if WAY is not
// before it. The path from $home is straight, since all code in between is skipped. Operands that lie on the stack
// where a part of the path begins are saved in new locals, and restored from them at the end of $skip.
//
// The compiler assumes that only calls in the try can lead to its handler. After the last one it may reuse a local that
// the handler reads. So each of these calls, and each call of setjmp, saves the locals that are written more than once,
// and RESTORE restores them: control comes to the handler as if the last call had thrown. C allows that. Locals that
// have changed since setjmp have indeterminate values after the jump, unless they are volatile, and those are in
// memory. The compiler leaves calls outside of the try that it knows not to jump (memcpy, malloc). They have safe
// points now, so their jumps are caught, too.
//
// Binaryen inlines functions, so one function may have several such handlers. Control goes to the handler of the last
// call that any of them protects (LAST). Whatever runs since then is code of the handler's function, or of one around
// it; in the latter case the handler throws the jump again, within the try of that one. No other handler may be asked:
// one of a function that has returned could take the jump for its own, as its place on the stack has been reused. A
// function that throws nothing itself (memcpy) may be called outside of the inner try, and so within the outer one
// only. If there are several handlers, calls of such functions do not count, and are caught as if they were outside of
// all.
//
// Emscripten's older longjmp is an exception of JavaScript, and its handlers come after each call through an import
// `invoke_...` (older_longjmp.hpp). There control lands after such a call, the last one that was made.
#pragma once

#include "instrument/emit/older_longjmp.hpp"
#include "instrument/wasm/operands.hpp"

namespace wasmsig::instrument {

struct Place;

struct PlaceLink {
  Place* place;
};

// Part of a construct: where its code begins, the operands with which it begins, the locals for them, and the places in
// it to which the path may lead.
struct Arm {
  explicit Arm(Memory& memory) : places(memory) {}

  bool is_there = false;
  uint32_t from = 0;
  Span<const uint8_t> types;
  Span<uint32_t> begins;
  List<PlaceLink> places;
};

enum class Part : uint8_t { kNone, kFirst, kElse, kCatch };

// A construct on the path, or a call after which control lands.
struct Place {
  explicit Place(Memory& memory) : arms{Arm(memory), Arm(memory), Arm(memory)} {}

  uint32_t at = 0;
  bool is_if = false;
  bool is_call = false;
  bool lands = false;         // control lands here
  Span<const uint8_t> types;  // of the operands that lie on the stack where it begins, or after the call
  Span<uint32_t> spilled;     // the locals for them
  Arm arms[3];                // the parts of the construct into which the path may lead: first, else, catch

  Arm& arm(Part part) { return arms[static_cast<uint8_t>(part) - 1]; }
  const Arm& arm(Part part) const { return arms[static_cast<uint8_t>(part) - 1]; }
};

struct Landing {
  // A call that saves locals, and the place where a jump out of it lands, or -1.
  struct Keeping {
    uint32_t at;
    int64_t handler;
  };
  // A local, and the one in which calls save it.
  struct Kept {
    uint32_t local;
    uint32_t in;
  };

  bool is_there = false;
  bool is_lost = false;  // a jump may come to the function, and it has a handler to which control cannot be led
  uint32_t tag = 0;      // of the exception
  bool legacy = false;   // the tries have the older encoding
  const OlderLongjmp* older = nullptr;  // if there is no such tag
  uint32_t start = 0;                   // where the function's code begins: offsets of places are relative to it
  const Arm* body = nullptr;
  Span<PlaceLink> places;  // by the offset of their code
  Span<Keeping> keeping;   // by the offset of the call
  Span<uint8_t> locals;    // the types of the new ones
  uint32_t way = 0;        // the local WAY
  uint32_t jump = 0;       // the local JUMP; the older longjmp has the value in the next one, then the stack pointer
  uint32_t condition = 0;  // the local for the condition of an `if`
  int64_t last = -1;       // the local LAST; -1 if there is one handler
  uint32_t only = 0;       // the place of the one handler
  Span<Kept> kept;

  // Null: none is there.
  const Place* place(uint32_t at) const;
  const Keeping* keeping_at(uint32_t at) const;
};

struct Jumps {
  Span<const uint8_t> tags;             // by tag, not 0: it is longjmp's
  const OlderLongjmp* older = nullptr;  // null: there is none whose words are known
  Span<const uint8_t> jumpers;          // by function, not 0: a handler may jump out of it
  Span<const uint8_t> quiet;            // by function, not 0: it throws nothing except what a check throws

  bool is_tag(uint32_t tag) const { return tag < tags.size && tags[tag] != 0; }
  bool is_jumper(uint32_t function) const { return function < jumpers.size && jumpers[function] != 0; }
  bool is_quiet(uint32_t function) const { return function < quiet.size && quiet[function] != 0; }
};

// By tag, not 0: it is longjmp's. It distinguishes it from those of other exceptions. It is thrown with a single
// operand, the address of a part of the jmp_buf or of a static record, which the code computes right there. A handler
// first reads two words from there, the jmp_buf and the value. Exceptions of languages are thrown with an address that
// is a parameter of the function, unless Binaryen has inlined that function; but their handlers begin with a call, or by
// reading or writing something else.
Span<const uint8_t> find_longjmp_tags(Context& context, const Module& module, Span<const FunctionPlan> plans);

// `function`: one of the module's own, which can be read.
Landing find_landing(Context& context, const Module& module, OperandTypes& types, uint32_t function, const Jumps& jumps,
                     bool has_safe_points);

}  // namespace wasmsig::instrument
