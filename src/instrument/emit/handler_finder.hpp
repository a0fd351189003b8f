// Finds all handlers of longjmp in a function, and the paths to them. Until a place is complete, its operands have types
// instead of locals.
//
// A path does not lead to unreachable places, because validation provides any operand there. Nor does it lead into the
// handlers of a try, except those of longjmp itself.
#pragma once

#include "instrument/emit/landing.hpp"

namespace wasmsig::instrument {

class HandlerFinder : public Operands {
 public:
  // `function`: -1 if unknown; `is_setjmp`: it is a call of `__wasm_setjmp`.
  struct Call {
    uint32_t at;
    int64_t function;
    bool is_setjmp;
  };
  // A call that a handler protects, and the place of its try.
  struct Protected {
    Call call;
    uint32_t handler;
  };
  // How often the code writes a local.
  struct Written {
    uint32_t local;
    uint32_t times;
  };

  HandlerFinder(Context& context, const Module& module, OperandTypes& types, const Locals& locals, const Jumps& jumps);

  // What the walk calls.
  void open(uint8_t opcode, uint32_t at, uint32_t after, int64_t type);
  void arm(uint8_t opcode, uint32_t after);
  void catches(uint32_t tag, bool legacy);
  void close(uint32_t after);
  void instruction(uint8_t opcode, uint32_t immediate, uint32_t at, uint32_t after);

  // What was found.
  Place* root() const { return opened_.last().place; }
  const List<Call>& calls() const { return calls_; }  // those outside of all tries of longjmp
  const List<Protected>& keeping() const { return keeping_; }
  const List<Written>& writes() const { return writes_; }  // in the order of the first writes
  uint64_t operands() const { return operands_; }          // how many the paths save
  bool is_lost() const { return is_lost_; }
  int64_t tag() const { return tag_; }
  bool legacy() const { return legacy_; }

 private:
  // An open construct, or the function.
  struct Open {
    Place* place;
    Part part;  // the part that is open, if the path may lead into it
    int64_t tag;
    uint32_t calls;         // how many calls were unprotected where it began
    int64_t protected_end;  // and where the code ended that its handlers protect
  };
  static constexpr uint64_t kMaxOperands = 8000;
  static constexpr uint32_t kMaxLocals = 1U << 17;  // over what engines accept

  void push(uint32_t at, uint8_t opcode, Types begins);
  void handles(int64_t tag, bool legacy);
  void close_construct();
  void finish(Open& last, const Construct& construct);
  bool may_keep(uint64_t operands);
  void add(Place* place, const Open& outside);
  void protect(uint32_t handler, uint32_t from, uint32_t to);
  bool is_setjmp(uint32_t callee) const;
  void give(uint8_t opcode);
  void write(uint32_t local);
  void call_of_invoke(uint32_t immediate, uint32_t at);
  Types kept_operands(uint32_t from, uint32_t to, Types more);

  Memory& memory_;  // of what is found
  const Jumps& jumps_;
  List<uint32_t> written_;  // by local: the place in writes_, plus 1
  List<Written> writes_;
  List<Protected> keeping_;
  List<uint8_t> givers_;  // the instruction that produced each operand
  List<Open> opened_;     // the function and the open constructs
  List<Call> calls_;
  uint64_t operands_ = 0;
  bool is_lost_ = false;
  int64_t next_tag_ = -1;  // the tag that is caught by the try_table which begins next, or by a part of a try
  int64_t tag_ = -1;       // the tag of the first handler; those of other tags are ignored
  bool legacy_ = false;
};

}  // namespace wasmsig::instrument
