// Instructions, as they are written.
#pragma once

#include "instrument/wasm/opcodes.hpp"
#include "instrument/wasm/writer.hpp"

namespace wasmsig::instrument {

inline void with_index(Writer& out, uint8_t opcode, uint32_t index) {
  out.u8(opcode);
  out.u32(index);
}

inline void constant(Writer& out, int32_t value) {
  out.u8(op::kI32Const);
  out.s32(value);
}

// What `write` writes.
template <class Write>
Bytes code(Memory& memory, Write write) {
  Writer out(memory, 32);
  write(out);
  return out.bytes();
}

}  // namespace wasmsig::instrument
