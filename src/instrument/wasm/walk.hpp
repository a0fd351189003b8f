// A walk over a function's body. It uses no recursion, so only memory bounds the depth of nesting.
#pragma once

#include "instrument/wasm/opcodes.hpp"

namespace wasmsig::instrument {

// What a walk calls; a visitor hides those that it wants. Positions are byte offsets in the module.
struct Visitor {
  // The instructions begin, behind the locals.
  void begin(uint32_t /*at*/) {}
  // A construct begins: block, loop, if, try, try_table. `after`: behind its block type (and handlers); `type`: the
  // index of that type, or negative if it is none or a single result.
  void open(uint8_t /*opcode*/, uint32_t /*at*/, uint32_t /*after*/, int64_t /*type*/) {}
  // Its next part: else, catch, catch_all.
  void arm(uint8_t /*opcode*/, uint32_t /*after*/) {}
  // A try_table is about to begin here; its handlers come first.
  void handlers(uint32_t /*at*/) {}
  // A tag that has a handler. `legacy`: in the open construct, called before the arm; otherwise in the try_table that
  // begins next.
  void catches(uint32_t /*tag*/, bool /*legacy*/) {}
  // The construct (end, delegate) or the function ends.
  void close(uint32_t /*after*/) {}
  // One label of an instruction, called before that instruction. The handlers of a try_table and the label of a
  // delegate count from outside of the construct, and are reported while it is not open.
  void branch(uint8_t /*opcode*/, uint32_t /*depth*/, uint32_t /*at*/, uint32_t /*after*/) {}
  // Every other instruction. `immediate`: the first index of a call, local, global, tag, or reference to a function;
  // the value of an i32.const; the second opcode after a prefix; otherwise 0.
  void instruction(uint8_t /*opcode*/, uint32_t /*immediate*/, uint32_t /*at*/, uint32_t /*after*/) {}
};

template <class V>
class Walk {
 public:
  Walk(Reader& reader, V& visitor) : reader_(reader), visitor_(visitor) {}

  // From the locals to the end of the function. If the reader fails, the visitor was called for everything before.
  void body() {
    for (uint32_t groups = reader_.u32(); groups > 0 && reader_.ok(); --groups) {
      reader_.skip_leb();
      reader_.skip_value_type();
    }
    if (reader_.failed()) return;
    visitor_.begin(reader_.pos());
    instructions(1);
    if (reader_.ok() && !reader_.done()) reader_.fail("code after the end of a function");
  }

  // Up to the end of the construct that contains them. `open`: how many are open, with that one and the function.
  void instructions(uint32_t open) {
    open_ = open;
    outside_ = open - 1;
    while (open_ > outside_) {
      at_ = reader_.pos();
      opcode_ = reader_.u8();
      if (reader_.failed()) return;
      one();
      if (reader_.failed()) return;
    }
  }

 private:
  void one() {
    switch (kind_of(opcode_)) {
      case Kind::kNone: return report(0);
      case Kind::kIndex: return report(reader_.u32());
      case Kind::kI32: return report(static_cast<uint32_t>(reader_.s33()));
      case Kind::kMemarg: skip_memarg(reader_); return report(0);
      case Kind::kBlock:
      case Kind::kLoop: return construct();
      case Kind::kEnd: open_--; return visitor_.close(reader_.pos());
      case Kind::kLabel: label(); return report(0);
      default: return rare();
    }
  }

  void rare() {
    switch (kind_of(opcode_)) {
      case Kind::kTryTable: return try_table();
      case Kind::kArm: return arm();
      case Kind::kDelegate: return delegate();
      case Kind::kLabelTable: return label_table();
      case Kind::kIndex2: {
        const uint32_t index = reader_.u32();
        reader_.skip_leb();
        return report(index);
      }
      default: {
        const Skipped skipped = skip_immediates(reader_, opcode_);
        if (skipped.has_label) {
          label();
          skip_rest_of_cast(reader_);
        }
        return report(skipped.second);
      }
    }
  }

  void report(uint32_t immediate) {
    if (reader_.ok()) visitor_.instruction(opcode_, immediate, at_, reader_.pos());
  }

  void label() {
    const uint32_t at = reader_.pos();
    const uint32_t depth = reader_.u32();
    if (depth >= open_) reader_.fail("a branch to a label that does not exist");
    if (reader_.ok()) visitor_.branch(opcode_, depth, at, reader_.pos());
  }

  void label_table() {
    for (uint64_t count = uint64_t{reader_.u32()} + 1; count > 0 && reader_.ok(); --count) label();
    report(0);
  }

  void construct() { opened(block_type()); }

  void opened(int64_t type) {
    if (reader_.failed()) return;
    visitor_.open(opcode_, at_, reader_.pos(), type);
    open_++;
  }

  void try_table() {
    visitor_.handlers(at_);
    const int64_t type = block_type();
    for (uint32_t count = reader_.u32(); count > 0 && reader_.ok(); --count) {
      const uint8_t clause = reader_.u8();
      if (clause > 3) reader_.fail("an exception handler of an unknown form");
      if (clause < 2) catches(false);
      label();
    }
    opened(type);
  }

  void catches(bool legacy) {
    const uint32_t tag = reader_.u32();
    if (reader_.ok()) visitor_.catches(tag, legacy);
  }

  void arm() {
    if (opcode_ == op::kCatch) catches(true);
    if (reader_.ok()) visitor_.arm(opcode_, reader_.pos());
  }

  void delegate() {
    open_--;
    if (open_ == outside_) return reader_.fail("delegate without try");
    visitor_.close(at_);
    label();
  }

  // Skips a block type. Returns the type index, or a negative number if it is none or a single result.
  int64_t block_type() {
    const int first = reader_.peek();
    if (first == type::kVoid) {
      reader_.move_to(reader_.pos() + 1);
      return -1;
    }
    if (first >= 0 && (first < 0x40 || first >= 0x80)) return reader_.s33();
    reader_.skip_value_type();
    return -1;
  }

  Reader& reader_;
  V& visitor_;
  uint32_t open_ = 0;
  uint32_t outside_ = 0;
  uint32_t at_ = 0;
  uint8_t opcode_ = 0;
};

template <class V>
void walk_body(Reader& reader, V& visitor) {
  Walk<V>(reader, visitor).body();
}

}  // namespace wasmsig::instrument
