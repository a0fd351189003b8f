#include <catch_amalgamated.hpp>

#include "instrument/memory.hpp"
#include "instrument/sort.hpp"
#include "instrument/wasm/writer.hpp"
#include "support.hpp"

namespace wasmsig::instrument::test {

TEST_CASE("lists keep their contents while they grow over all sizes") {
  Scope scope;
  List<uint32_t> one(scope.context.memory);
  List<uint32_t> other(scope.context.memory);
  for (uint32_t i = 0; i < 100000; ++i) {
    one.push(i);
    other.push(~i);
  }
  bool is_same = true;
  for (uint32_t i = 0; i < 100000; ++i) is_same = is_same && one[i] == i && other[i] == ~i;
  CHECK(is_same);
}

TEST_CASE("an element may be pushed to its own list") {
  Scope scope;
  List<uint64_t> list(scope.context.memory);
  list.push(42);
  for (int i = 0; i < 1000; ++i) list.push(list[0]);
  CHECK(list.last() == 42);
}

TEST_CASE("memory is used again after a reset") {
  Scope scope;
  void* const first = scope.context.scratch.allocate(100);
  scope.context.scratch.allocate(1 << 20);
  scope.context.scratch.reset();
  CHECK(scope.context.scratch.allocate(100) == first);
}

TEST_CASE("too large an array is too little memory") {
  Scope scope;
  bool is_exhausted = false;
  if (setjmp(scope.context.exhaustion.target) == 0)
    scope.context.memory.uninitialised<uint64_t>(SIZE_MAX / 8);
  else
    is_exhausted = true;
  CHECK(is_exhausted);
}

TEST_CASE("a large writer may stand between other allocations") {
  Scope scope;
  Writer out(scope.context.memory, 20000);  // fits into the chunk, but has to have a block of its own
  scope.context.memory.allocate(16);
  for (int i = 0; i < 300000; ++i) out.u8(static_cast<uint8_t>(i));
  CHECK(out.data()[299999] == static_cast<uint8_t>(299999));
}

TEST_CASE("sorting and searching") {
  std::vector<uint32_t> values;
  for (uint32_t i = 0; i < 1000; ++i) values.push_back(i * 7919 % 1009);
  const Span<uint32_t> span{values.data(), 1000};
  const auto itself = [](uint32_t value) { return value; };
  sort_by(span, itself);
  CHECK(std::is_sorted(values.begin(), values.end()));
  for (const uint32_t value : values) CHECK(values[lower_bound(span, value, itself)] == value);
  CHECK(lower_bound(span, 5000U, itself) == 1000);
}

}  // namespace wasmsig::instrument::test
