#include "shrink.hpp"

#include <vector>

namespace wasmsig::parity {

namespace {

void remove(Script& script, int first, int count) {
  for (int i = first; i + count < script.count; i++) script.ops[i] = script.ops[i + count];
  script.count -= count;
}

class Shrinker {
 public:
  Shrinker(Program program, const std::function<bool(const Program&)>& fails) : best_(program), fails_(fails) {}

  Program shrunk() {
    while (remove_operations() | simplify_operations()) {
    }
    return best_;
  }

 private:
  Program best_;
  const std::function<bool(const Program&)>& fails_;

  bool try_it(const Program& candidate) {
    if (!fails_(candidate)) return false;
    best_ = candidate;
    return true;
  }

  bool remove_operations() {
    bool changed = false;
    for (int script = 0; script < kScripts; script++) {
      for (int size = best_.scripts[script].count; size >= 1; size /= 2) {
        for (int first = best_.scripts[script].count - size; first >= 0;) {
          Program candidate = best_;
          remove(candidate.scripts[script], first, size);
          if (try_it(candidate)) changed = true;
          first = std::min(first - 1, best_.scripts[script].count - size);
        }
      }
    }
    return changed;
  }

  bool simplify_operations() {
    bool changed = false;
    for (int script = 0; script < kScripts; script++) {
      for (int i = 0; i < best_.scripts[script].count; i++) changed |= simplify(script, i);
    }
    return changed;
  }

  bool simplify(int script, int index) {
    bool changed = false;
    const auto with = [&](auto change) {
      Program candidate = best_;
      Op& op = candidate.scripts[script].ops[index];
      const Op before = op;
      change(op);
      if (op.a == before.a && op.b == before.b && op.c == before.c && op.set == before.set) return;
      if (try_it(candidate)) changed = true;
    };
    const Op op = best_.scripts[script].ops[index];
    if (op.kind == Kind::kSigaction) {
      for (int flag = 0; flag < 32; flag++) with([&](Op& it) { it.b &= ~(int64_t{1} << flag); });
    } else if (op.kind != Kind::kCheckpoint) {
      with([](Op& it) { it.b = it.b > 1 ? 1 : it.b; });
      with([](Op& it) { it.b = 0; });
      with([](Op& it) { it.c = it.c > 1000000 ? 1000000 : it.c; });
      with([](Op& it) { it.c = 0; });
    }
    if (op.kind == Kind::kKill || op.kind == Kind::kSigqueue) with([](Op& it) { it.a = kSelf; });
    with([](Op& it) { it.set = 0; });
    with([](Op& it) { if (__builtin_popcountll(it.set) > 32) it.set = ~uint64_t{0}; });
    for (int signo = 1; signo <= 64; signo++) with([&](Op& it) { if (__builtin_popcountll(it.set) <= 32) it.set &= ~(uint64_t{1} << (signo - 1)); });
    return changed;
  }
};

}  // namespace

Program shrink(Program program, const std::function<bool(const Program&)>& fails) { return Shrinker(program, fails).shrunk(); }

}  // namespace wasmsig::parity
