// All interleavings of senders and a drain by the atomic steps of queue.cpp itself, each sender terminated at each of its steps. tests/js/link/queue_steps.test.js
// does the same with the other side, and says how.
#include <catch_amalgamated.hpp>

#if defined(__cpp_exceptions) && !defined(__wasm__) // the file included below wants atomic instructions, which tests are not built with there

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

struct Stopped {};

struct Running {
  std::vector<uint64_t>* answers = nullptr;  // null: no agent runs, and nothing is counted
  size_t at = 0;
  int left = 0;
} running;

template <class Step>
uint64_t step(Step&& take) {
  if (!running.answers) return take();
  if (running.at < running.answers->size()) return (*running.answers)[running.at++];
  if (running.left-- == 0) throw Stopped{};
  running.answers->push_back(take());
  return (*running.answers)[running.at++];
}

}  // namespace

// The file as it is, in a namespace of its own, with steps for atomic operations.
#define wasmsig wasmsig_steps
#define WSIG_STEP(type, ...) static_cast<type>(step([&]() -> uint64_t { __VA_ARGS__; }))
#define __atomic_load_n(at, order) WSIG_STEP(Value, return __atomic_load_n(at, order))
#define __atomic_store_n(at, value, order) WSIG_STEP(void, __atomic_store_n(at, value, order); return 0)
#define __atomic_exchange_n(at, value, order) WSIG_STEP(Value, return __atomic_exchange_n(at, value, order))
#define __atomic_fetch_or(at, value, order) WSIG_STEP(Value, return __atomic_fetch_or(at, value, order))
#define __atomic_fetch_add(at, value, order) WSIG_STEP(Value, return __atomic_fetch_add(at, value, order))
#define __atomic_compare_exchange_n(at, expected, value, weak, success, failure)                                      \
  *(expected) = WSIG_STEP(Value, Value was = *(expected); __atomic_compare_exchange_n(at, &was, value, weak, success, failure); return was)
#include "queue/queue.cpp"
#undef wasmsig

namespace wasmsig_steps::queue {

static bool operator==(const Sent& a, const Sent& b) { return a.signo == b.signo && a.code == b.code && a.pid == b.pid && a.value == b.value; }

}  // namespace wasmsig_steps::queue

namespace {

namespace q = wasmsig_steps::queue;

std::vector<q::Sent>* taken = nullptr;

bool accept(int signo, wasmsig_steps::Origin origin) {
  if (origin.bits) taken->push_back({signo, q::info_code(origin.info()), static_cast<int32_t>(origin.info() & q::kPidMask), origin.value()});
  return true;
}

struct Agent {
  std::vector<q::Sent> sends;  // none: it takes
};

struct Progress {
  std::vector<uint64_t> answers;
  bool finished = false;
  std::vector<q::Sent> taken;
  size_t told = 0;  // how many sends were answered
};

// Runs an agent on, from where it was.
Progress go_on(q::Block& block, const Agent& agent, const Progress& before, int most) {
  Progress after{before.answers, false, {}, 0};
  running = {&after.answers, 0, most};
  taken = &after.taken;
  try {
    for (const q::Sent& sent : agent.sends) {
      uint32_t bits;
      if (q::send(block, sent, &bits) == 0) q::ring(block, bits);
      after.told++;
    }
    if (agent.sends.empty()) {
      q::take_doorbell(block);
      q::drain(block, accept);
    }
    after.finished = true;
  } catch (const Stopped&) {
  }
  running = {};
  return after;
}

std::vector<q::Sent> take_all(q::Block& block) { return go_on(block, {}, {}, 1 << 20).taken; }

// What is wrong if all who have not finished are terminated now, except the drain.
std::string verdict(q::Block& block, const std::vector<Agent>& agents, const std::vector<Progress>& progress) {
  std::vector<q::Sent> all, meant;
  for (size_t k = 0; k < agents.size(); k++) {
    if (agents[k].sends.empty()) all = go_on(block, agents[k], progress[k], 1 << 20).taken;
    meant.insert(meant.end(), agents[k].sends.begin(), agents[k].sends.end());
  }
  for (const q::Sent& sent : take_all(block)) all.push_back(sent);
  for (const q::Sent& sent : all) {
    if (std::find(meant.begin(), meant.end(), sent) == meant.end()) return "nobody has sent what was taken";
  }
  for (size_t k = 0; k < agents.size(); k++) {
    for (size_t n = 0; n < agents[k].sends.size(); n++) {
      const q::Sent& sent = agents[k].sends[n];
      const bool told = n < progress[k].told;
      const auto count = std::count(all.begin(), all.end(), sent);
      if (sent.signo > 31 && (count > 1 || (told && count == 0))) return "a real-time signal was lost or doubled";
      // At least one of that number, unless job control has undone it.
      if (told && !q::job_control(sent.signo) && std::none_of(all.begin(), all.end(), [&](const q::Sent& one) { return one.signo == sent.signo; })) return "a standard signal was lost";
    }
  }
  for (int round = 0; round < 2; round++) {
    for (const q::Sent& like : meant) {
      const q::Sent probe = {like.signo, q::kCodeQueue, 99, round};
      if (!go_on(block, {{probe}}, {}, 1000).finished) return "it cannot be sent any more";
      const std::vector<q::Sent> came = take_all(block);
      // What a terminated sender left may be what it coalesces with.
      if (came.size() != 1 || came[0].signo != probe.signo || (probe.signo > 31 && !(came[0] == probe))) return "it is dead";
    }
  }
  return "";
}

struct Explored {
  size_t states = 0;
  std::string problem;
};

Explored explore(const std::vector<Agent>& agents) {
  struct State {
    std::unique_ptr<q::Block> block;
    std::vector<Progress> progress;
  };
  std::set<std::string> seen;
  std::vector<State> open;
  open.push_back({std::make_unique<q::Block>(), std::vector<Progress>(agents.size())});
  q::initialise(*open.back().block, 5, 1);
  q::ring(*open.back().block, q::kRingTimer);  // so that nothing is sent inline
  auto work = std::make_unique<q::Block>();
  const auto copy = [](q::Block& to, const q::Block& from) { std::memcpy(static_cast<void*>(&to), &from, sizeof to); };
  while (!open.empty()) {
    const State state = std::move(open.back());
    open.pop_back();
    for (size_t k = 0; k < agents.size(); k++) {
      if (state.progress[k].finished) continue;
      State next{std::make_unique<q::Block>(), state.progress};
      copy(*next.block, *state.block);
      next.progress[k] = go_on(*next.block, agents[k], state.progress[k], 1);
      std::string key(reinterpret_cast<const char*>(next.block.get()), sizeof(uint32_t) * 200);  // up to the first cells
      for (const Progress& one : next.progress) {
        key += ';';
        for (const uint64_t answer : one.answers) key.append(reinterpret_cast<const char*>(&answer), sizeof answer);
      }
      if (!seen.insert(key).second) continue;
      copy(*work, *next.block);
      const std::string problem = verdict(*work, agents, next.progress);
      if (!problem.empty()) return {seen.size(), problem};
      open.push_back(std::move(next));
    }
  }
  return {seen.size(), ""};
}

const Agent kTaker = {};

}  // namespace

TEST_CASE("terminated at any step, senders of real-time signals harm no other agent") {
  const auto [states, problem] = explore({kTaker, {{{40, q::kCodeQueue, 3, 5}}}, {{{40, q::kCodeQueue, 4, 6}}}});
  CHECK(problem == "");
  CHECK(states > 500);
  const auto [more, none] = explore({{{{40, q::kCodeQueue, 3, 5}, {41, q::kCodeUser, 3, 0}}}, {{{40, q::kCodeQueue, 4, 6}}}});
  CHECK(none == "");
  CHECK(more > 200);
}

TEST_CASE("terminated at any step, senders of a standard signal harm no other agent") {
  const auto [states, problem] = explore({kTaker, {{{10, q::kCodeQueue, 3, 5}}}, {{{10, q::kCodeUser, 4, 0}}}});
  CHECK(problem == "");
  CHECK(states > 200);
}

TEST_CASE("terminated at any step, senders of SIGCONT and a stop harm no other agent") {
  const auto [states, problem] = explore({kTaker, {{{18, q::kCodeQueue, 3, 5}}}, {{{20, q::kCodeQueue, 4, 6}}}});
  CHECK(problem == "");
  CHECK(states > 200);
}

#endif
