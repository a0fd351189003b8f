#include <catch_amalgamated.hpp>

#include <random>

#include "instrument/plan/graph.hpp"
#include "support.hpp"

namespace wasmsig::instrument::test {
namespace {

using Edges = std::vector<std::vector<uint32_t>>;

// A graph with memory for it.
struct Made {
  explicit Made(const Edges& edges) {
    offsets.push_back(0);
    for (const auto& list : edges) {
      targets.insert(targets.end(), list.begin(), list.end());
      offsets.push_back(static_cast<uint32_t>(targets.size()));
    }
    graph = {static_cast<uint32_t>(edges.size()),
             {offsets.data(), static_cast<uint32_t>(offsets.size())},
             {targets.data(), static_cast<uint32_t>(targets.size())}};
  }
  std::vector<uint32_t> offsets;
  std::vector<uint32_t> targets;
  Graph graph;
};

std::vector<std::vector<uint32_t>> lists(const Groups& groups) {
  std::vector<std::vector<uint32_t>> result;
  for (uint32_t i = 0; i < groups.size(); ++i) result.emplace_back(groups[i].begin(), groups[i].end());
  return result;
}

std::vector<std::vector<uint32_t>> components(const Edges& edges, std::vector<uint8_t> removed = {}) {
  Scope scope;
  const Made made(edges);
  removed.resize(edges.size());
  Groups found(scope.context.memory);
  strongly_connected_components(scope.context.memory, made.graph, {removed.data(), made.graph.size}, found);
  return lists(found);
}

struct Chosen {
  std::vector<uint32_t> nodes;
  std::vector<std::vector<uint32_t>> unbroken;
};

Chosen choose(const Edges& edges, std::vector<uint8_t> may_choose, std::vector<uint8_t> removed = {}) {
  Scope scope;
  const Made made(edges);
  removed.resize(edges.size());
  FeedbackSet set(scope.context.memory);
  find_feedback_set(scope.context.memory, made.graph, {may_choose.data(), made.graph.size},
                    {removed.data(), made.graph.size}, set);
  return {{set.chosen.begin(), set.chosen.end()}, lists(set.unbroken)};
}

}  // namespace

TEST_CASE("components are found, single nodes only with an edge to themselves") {
  CHECK(components({}).empty());
  CHECK(components({{1}, {2}, {}}).empty());
  CHECK(components({{0}, {}}) == std::vector<std::vector<uint32_t>>{{0}});
  CHECK(components({{2}, {0}, {1}, {2, 3}}) == std::vector<std::vector<uint32_t>>{{0, 1, 2}, {3}});
  CHECK(components({{1}, {2}, {0}}, {0, 1, 0}).empty());
}

TEST_CASE("a long path needs no stack") {
  Edges edges(200000);
  for (uint32_t i = 0; i + 1 < edges.size(); ++i) edges[i] = {i + 1};
  CHECK(components(edges).empty());
  edges.back() = {0};
  CHECK(components(edges).size() == 1);
}

TEST_CASE("a graph that was made for it does not take the square of its size") {
  constexpr uint32_t kSize = 100000;
  // A path that can be walked in both directions: each node but one is the target of a back edge.
  Edges edges(kSize);
  for (uint32_t i = 0; i < kSize; ++i) edges[i] = {(i + 1) % kSize, i == 0 ? 0 : i - 1};
  std::vector<uint8_t> may_choose(kSize);
  may_choose[0] = 1;
  const Chosen result = choose(edges, may_choose);
  CHECK(result.nodes == std::vector<uint32_t>{0});
  REQUIRE(result.unbroken.size() == 1);
  CHECK(result.unbroken[0].size() == kSize - 1);
  // With others at the end of all searches, all are chosen.
  may_choose[kSize / 2] = may_choose[kSize - 1] = 1;
  CHECK(choose(edges, may_choose).nodes.size() == 3);
}

TEST_CASE("the target of a back edge is chosen, or else what is allowed on the way") {
  CHECK(choose({{1}, {2}, {0}}, {1, 1, 1}).nodes == std::vector<uint32_t>{0});
  CHECK(choose({{1}, {2}, {0}}, {0, 0, 1}).nodes == std::vector<uint32_t>{2});
  CHECK(choose({{1}, {2}, {0}}, {0, 1, 0}).nodes == std::vector<uint32_t>{1});
}

TEST_CASE("a component without an allowed node stays unbroken") {
  const Chosen chosen = choose({{1}, {0}, {2}}, {0, 0, 1});
  CHECK(chosen.nodes == std::vector<uint32_t>{2});
  CHECK(chosen.unbroken == std::vector<std::vector<uint32_t>>{{0, 1}});
}

TEST_CASE("removed nodes need no choice") { CHECK(choose({{1}, {0}}, {1, 1}, {0, 1}).nodes.empty()); }

TEST_CASE("without the chosen and the unbroken nodes random graphs are acyclic") {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const uint32_t size = 1 + random() % 30;
    Edges edges(size);
    std::vector<uint8_t> may_choose(size);
    for (uint32_t node = 0; node < size; ++node) {
      may_choose[node] = random() % 3 > 0 ? 1 : 0;
      for (uint32_t i = random() % 4; i > 0; --i) edges[node].push_back(static_cast<uint32_t>(random() % size));
    }
    const Chosen chosen = choose(edges, may_choose);
    std::vector<uint8_t> removed(size);
    bool is_allowed = true;
    for (const uint32_t node : chosen.nodes) {
      removed[node] = 1;
      is_allowed = is_allowed && may_choose[node] == 1;
    }
    for (const auto& group : chosen.unbroken)
      for (const uint32_t node : group) {
        removed[node] = 1;
        is_allowed = is_allowed && may_choose[node] == 0;
      }
    CHECK(is_allowed);
    CHECK(components(edges, removed).empty());
  }
}

}  // namespace wasmsig::instrument::test
