// A program for the tests of src/process/: handlers that write down that they ran, and a fresh process on the fake host.
#pragma once

#include <catch_amalgamated.hpp>
#include <string>

#include "platform/fake/fake_host.hpp"
#include "platform/host.h"
#include "process/numbers.hpp"
#include "process/process.hpp"
#include "queue/queue.hpp"
#include "process/internal.hpp"

namespace wasmsig::process {

// What happened, in order: "10" a handler for signal 10 began, and so on. Tests compare the whole text.
inline std::string log;

inline void note(const std::string& what) {
  if (!log.empty()) log += ' ';
  log += what;
}

using Body = void (*)(int signo);

// The handler word is a Body to run after the note, or 0.
inline void invoke_noting(Accepted& accepted) {
  note(std::to_string(accepted.signo));
  if (accepted.handler) reinterpret_cast<Body>(accepted.handler)(accepted.signo);
}

inline void invoke_telling(Accepted& accepted) {
  const SigInfo info = info_of(accepted.signo, accepted.origin);
  note(std::to_string(info.signo) + "/code" + std::to_string(info.code) + "/pid" + std::to_string(info.pid) + "/value" +
       std::to_string(info.value));
}

inline Action catching(Body body = nullptr, uint32_t flags = 0, SignalSet mask = {}) {
  return {Disposition::kCatch, flags, mask, invoke_noting, reinterpret_cast<uintptr_t>(body)};
}

inline Action telling(uint32_t flags = kSigInfo) { return {Disposition::kCatch, flags, {}, invoke_telling, 0}; }

inline Action ignoring() { return {Disposition::kIgnore, 0, {}, nullptr, 0}; }

inline void install(int signo, const Action& action) { REQUIRE(set_action(signo, &action, nullptr) == 0); }

inline void block(SignalSet set) { REQUIRE(set_mask(How::kBlock, &set, nullptr) == 0); }
inline void unblock(SignalSet set) { REQUIRE(set_mask(How::kUnblock, &set, nullptr) == 0); }

struct Fresh {
  explicit Fresh(fake::Mode mode = fake::Mode::kScripted, int host = WSIG_HOST_SHARED) {
    fake::reset(mode, host);
    log.clear();
  }
};

inline fake::Outcome run(void (*program)()) {
  return fake::run([](void* context) { reinterpret_cast<void (*)()>(context)(); }, reinterpret_cast<void*>(program));
}

}  // namespace wasmsig::process
