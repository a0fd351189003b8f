// Where a function has safe points, and what of its code the plan of the whole module has to know.
#pragma once

#include "instrument/plan/counted.hpp"
#include "instrument/wasm/module.hpp"
#include "instrument/wasm/walk.hpp"

namespace wasmsig::instrument {

// The decision for a loop. kSafePoint: it checks in each round. kUnrolled: since its rounds are short, it is unrolled
// kUnroll times and checks once in that many rounds. All others have no safe point, because
//
// - kCovered: every path from its header back to it passes another safe point, so it cannot run a round without a check;
// - kShort: it ends after a number of rounds that its code fixes, and all of them together are at most kShortLoop
//   instructions, none of which is a call or can wait;
// - kNotALoop: it has no back edge;
// - kExcluded: its function gets no safe points at all.
enum class Decision : uint8_t { kExcluded, kSafePoint, kCovered, kShort, kNotALoop, kUnrolled };

inline bool has_safe_point(Decision decision) {
  return decision == Decision::kSafePoint || decision == Decision::kUnrolled;
}

// How many rounds share a check in a loop of at most kSmallLoop instructions, none of which is a call or another loop.
constexpr uint32_t kUnroll = 4;
constexpr uint32_t kSmallLoop = 24;
// An upper bound of the bytes of an unrolled round besides its body, whose branches are at most three bytes longer.
constexpr uint32_t kBytesOfRound = 100;
// A loop of this many instructions in all takes about a microsecond: less than a signal takes to arrive from another
// thread.
constexpr uint32_t kShortLoop = 4096;

constexpr uint32_t kNoFunction = UINT32_MAX;
constexpr int32_t kNoLoop = -1;

struct PlacementOptions {
  bool is_excluded = false;  // the function gets no safe points
  bool unrolls = true;       // its loops may be unrolled
  bool entry = false;        // it checks at its entry
  // Functions that do so, so that a call of them is a check.
  uint32_t itself = kNoFunction;
  Span<const uint8_t> chosen = {};  // not 0 for such a function

  bool checks_at_entry(uint32_t function) const {
    return function == itself || (function < chosen.size && chosen[function] != 0);
  }
};

// Calls of a function, or through tables and references of functions of a type.
struct Calls {
  uint32_t callee;
  uint32_t count;  // how many such calls are in the code
};

// A function that is called directly, in a loop or outside of all. Some are listed more than once.
struct Callee {
  uint32_t function;
  int32_t loop;  // the innermost one, or kNoLoop
};

struct Placement {
  Span<Decision> loops;  // in the order of their headers
  // Calls that may be reached from the function's entry without a check.
  Span<Calls> functions;
  Span<Calls> types;
  Span<Callee> callees;
  Span<int32_t> outer;        // for each loop the number of the loop around it, or kNoLoop
  Span<uint32_t> references;  // functions to which code makes references, in the order of the code
  // Some of these are listed more than once.
  Span<uint32_t> caught;                // tags that have handlers
  Span<uint32_t> thrown;                // tags that are thrown with an address that is computed right before
  double cost = 0;                      // instructions, those of short loops multiplied by their rounds
  uint64_t repeated = 0;                // bytes that unrolled rounds add
  uint32_t branches = 0;                // how many labels branches name
  bool throws = false;                  // throws anything, or calls an unknown function through a table or a reference
  const Unreadable* unknown = nullptr;  // what could not be read, if anything; the loops are those before it then

  bool has_any_safe_point() const {
    for (const Decision decision : loops)
      if (has_safe_point(decision)) return true;
    return false;
  }
};

// Decides where a function has safe points.
//
// It is a forward data-flow analysis in one pass. One number says where the last safe point is that *every* path to the
// current place has passed. The number is a nesting level of loops: n says that the last n open loops, counted from
// the function's body (0) inwards, have each passed a check since control was last at their header; -1 that not even
// the function has since its entry. A check sets it to the current level. Paths that join at a label give the minimum
// of theirs. A back edge to the header of a loop of level n with less than n is a round without a check: that loop
// needs a safe point. Loops are decided at their ends, inner ones first; whether an inner one needs a safe point
// depends only on its own contents. The number at a branch out of undecided loops is evaluated when the construct of
// its label ends, and these loops are decided: if one of them got a safe point, the branch has passed it. A loop
// without a safe point is merged with the loop around it (union-find), so the query takes near-constant time however
// deep loops are nested.
//
// An exception may come from anywhere in a try, so its handlers start with the number at its beginning: a check that
// was passed stays passed.
class Placer : public Visitor {
 public:
  Placer(Context& context, const Module& module);

  // False: the context has failed.
  bool place(const Range& body, const PlacementOptions& options, Placement& result);

  // What the walk calls.
  void open(uint8_t opcode, uint32_t at, uint32_t after, int64_t type);
  void arm(uint8_t opcode, uint32_t after);
  void catches(uint32_t tag, bool legacy);
  void close(uint32_t after);
  void branch(uint8_t opcode, uint32_t depth, uint32_t at, uint32_t after);
  void instruction(uint8_t opcode, uint32_t immediate, uint32_t at, uint32_t after);

 private:
  // At an unreachable place: every statement about all paths to it is true.
  static constexpr int32_t kUnreachable = INT32_MAX;
  // Some path from the function's entry has not passed a safe point yet.
  static constexpr int32_t kUnchecked = -1;

  // A loop as a node of the union-find structure.
  struct Region {
    bool has_safe_point;  // it is decided and has one
    Region* outside;      // the loop around it, once it is decided and has none
  };
  // A branch to a label: the number there, and the loop out of which it comes.
  struct Incoming {
    Incoming* next;
    Region* loop;
    int32_t checked;
  };
  struct Open {
    bool is_loop;
    bool has_else;      // it is no `if`, or one whose else was seen
    bool takes_long;    // of a loop: its cost says nothing about the time, as with calls
    bool is_innermost;  // of a loop: it contains no other
    uint32_t level;     // how many loops are open in it, itself included
    int32_t index;      // of a loop: its number in the function
    uint32_t at;        // where it begins
    int32_t at_begin;   // the number at its beginning
    int32_t joined;     // the minimum of the numbers at the ends of its earlier parts
    Incoming* incoming;
    uint32_t part;      // for the counted loops
    uint32_t opened;    // for the counted loops
    uint32_t branches;  // of a loop: how many back edges it has
    uint32_t trips;     // of a loop: its trip count, if known; otherwise 0
    double outer_cost;  // of a loop: the instructions before it in what is around it
    Region* region;     // of a loop
  };
  struct UncheckedCall {
    uint32_t callee;
    bool is_type;
    Region* loop;
  };
  // Where the calls of a function or type are counted.
  struct Slot {
    uint32_t function;  // of which function this is the slot
    uint32_t at;
  };

  void start(const PlacementOptions& options);
  Placement finish(const Reader& reader);
  void leave_open_loops();
  void push(uint8_t opcode, uint32_t at);
  void close_loop(const Open& loop, uint32_t after);
  void close_function();
  void count(const UncheckedCall& call);
  Decision decide(const Open& loop) const;
  void call(uint8_t opcode, uint32_t immediate);
  void add_callee(uint32_t function);
  void add_unchecked(uint32_t callee, bool is_type);
  void rare(uint8_t opcode, uint32_t immediate);
  void takes_long() {
    if (!loops_.empty()) constructs_[loops_.last()].takes_long = true;
  }
  Region* region() { return loops_.empty() ? &body_ : constructs_[loops_.last()].region; }
  static int32_t least_incoming(const Open& construct);
  static Region* region_of(Region* loop);

  Context& context_;
  const Module& module_;
  PlacementOptions options_;
  CountedLoops counted_;
  uint32_t number_ = 0;  // of the function, and of its placement
  uint32_t parts_ = 0;
  uint8_t last_ = 0;  // the opcode before
  int32_t checked_ = 0;
  Region body_{};    // the function outside of its loops
  double cost_ = 0;  // of the innermost open loop, or of the function
  List<Open> constructs_;
  List<uint32_t> loops_;  // the loops among them
  List<UncheckedCall> unchecked_;
  List<Decision> decisions_;
  List<int32_t> outer_;
  List<Calls> functions_;
  List<Calls> types_;
  List<Callee> callees_;
  List<uint32_t> references_;
  List<uint32_t> caught_;
  List<uint32_t> thrown_;
  Span<Slot> function_slots_;
  Span<Slot> type_slots_;
  Span<uint32_t> seen_;  // by function: where it was listed as a callee the last time
  uint32_t place_ = 0;   // the next number of such a place
  uint32_t first_place_ = 0;
  Placement result_;
};

}  // namespace wasmsig::instrument
