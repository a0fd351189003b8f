// Why: docs/rationale.md#why-is-a-safe-point-an-atomic-load-of-a-byte
// Why: docs/rationale.md#why-is-it-a-plain-load-where-a-call-hides-memory
// Why: docs/rationale.md#why-is-the-slow-path-marked-unlikely
#pragma once

#include "instrument/wasm/writer.hpp"

namespace wasmsig::instrument {

// A check and what follows it, as instructions.
struct CheckForm {
  Bytes wanted;        // leaves an i32: not 0 if the slow path is wanted
  Bytes wanted_plain;  // the same, for places where no engine can hoist a load out of its loop
  Bytes passed;        // runs if it is not wanted
  Bytes slow;          // the call of the slow path, and the use of its result
};

// The doorbell.
struct Word {
  uint32_t memory;  // its index
  uint32_t address;
};

// The check for a doorbell in memory that becomes shared: one load. The program has one thread, so the doorbell is
// quiet when the slow path returns.
//
// The load is atomic, because no engine hoists an atomic load out of a loop. It loads the first byte, in which each
// kind of ring has its bit: for an atomic access of more bytes an engine tests each time whether its address is aligned
// (V8: four instructions). If the loop makes calls that may write to any address, no engine hoists a plain load either.
// On x86 a plain load is part of the comparison's instruction and needs no register, and an interpreter's main loop has
// none to spare.
//
// `safe_point`: the index of the slow path's function.
CheckForm shared_form(Memory& memory, Word doorbell, uint32_t safe_point);

// The check of a program with threads. A thread may have notified others, and must continue with its own work until
// they have checked. So the doorbell is compared with the value that the slow path left there. It is kept in a global,
// of which each thread has its own. `global`: the index of the mutable i32 global.
CheckForm threaded_form(Memory& memory, Word doorbell, uint32_t global, uint32_t safe_point);

// The check of a program that Asyncify has rewritten. While such a program unwinds or rewinds its stack (the state is 1
// or 2), its code is only traversed, and a handler must not run. A handler that wants to suspend cannot, since the code
// around the check does not know how to unwind there: the program traps instead of continuing with a wrong stack.
// `state`: the index of Asyncify's state global.
CheckForm asyncified_form(Memory& memory, const CheckForm& form, uint32_t state);

}  // namespace wasmsig::instrument
