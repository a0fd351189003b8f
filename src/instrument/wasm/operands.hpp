// Tracks the operand stack on a walk over a function, as an engine's validation does. An operand is the one byte of its
// type, or 0 if a type is longer or unknown.
#pragma once

#include "instrument/wasm/module.hpp"
#include "instrument/wasm/walk.hpp"

namespace wasmsig::instrument {

// The operands that an instruction pops and pushes.
struct Effect {
  bool is_known = false;
  bool pushes = false;  // one operand, of this type
  uint8_t type = 0;
  int pops = 0;
};

// For all instructions but calls, locals, globals and selects.
Effect effect_of(uint8_t opcode, uint32_t immediate);

// The types of a function's locals, with its parameters.
class Locals {
 public:
  Locals(Memory& memory, const Module& module, const FunctionType& type, const Range& body);

  uint64_t size() const { return groups_.empty() ? 0 : groups_.last().end; }
  // type::kNone: longer, or there is no such local.
  uint8_t operator[](uint32_t local) const;
  // Whether one is of a type that is never null. It has to be written first, and a block forgets at its end that it was.
  bool has_never_null() const { return has_never_null_; }

 private:
  struct Group {
    uint64_t end;
    uint8_t type;
  };
  void add(uint64_t count, int first);

  List<Group> groups_;
  bool has_never_null_ = false;
};

// The operand types of function types, each decoded once.
class OperandTypes {
 public:
  struct Type {
    bool is_decoded;
    Span<const uint8_t> params;
    Span<const uint8_t> results;
  };
  OperandTypes(Memory& memory, const Module& module)
      : memory_(memory), module_(module), types_(zeroed<Type>(memory, module.types.size())) {}

  // Without parameters and results if it is no function type.
  Type of(int64_t type);

 private:
  Span<const uint8_t> decode(const Range& range, uint32_t count);

  Memory& memory_;
  const Module& module_;
  Span<Type> types_;
};

// `is_known_` is false in unreachable code, where validation provides any operand, and after an instruction whose
// operands are unknown here, up to the end of the construct.
class Operands : public Visitor {
 public:
  Operands(Memory& memory, const Module& module, OperandTypes& types, const Locals& locals);

  void open(uint8_t opcode, uint32_t at, uint32_t after, int64_t type);
  void arm(uint8_t opcode, uint32_t after);
  void catches(uint32_t tag, bool legacy);
  void close(uint32_t after);
  void instruction(uint8_t opcode, uint32_t immediate, uint32_t at, uint32_t after);

 protected:
  using Types = Span<const uint8_t>;
  struct Construct {
    uint32_t base;  // how many operands lie outside
    Types params;
    Types results;
    bool was_known;
  };

  // How many operands lie outside of the innermost construct.
  uint32_t base() const { return constructs_.empty() ? 0 : constructs_.last().base; }

  const Module& module_;
  const Locals& locals_;
  List<uint8_t> stack_;  // all operands, in all open constructs
  bool is_known_ = true;
  List<Construct> constructs_;  // the open ones

 private:
  void restart(Types operands);
  void append(Types operands);
  void call(int64_t type, uint32_t operands);
  void apply(const Effect& effect);
  Effect effect(uint8_t opcode, uint32_t immediate) const;

  OperandTypes& types_;
  Types caught_;  // the operands with which the next handler of an older try begins
};

}  // namespace wasmsig::instrument
