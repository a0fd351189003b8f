#include "process_fixture.hpp"

namespace wasmsig::process {

TEST_CASE("signal numbers out of range, reserved or uncatchable are refused and change nothing") {
  Fresh fresh;
  const Action action = catching();
  Action old;
  for (const int signo : {0, -1, 65, 1000000000, 32, 33, 34}) {
    CHECK(set_action(signo, &action, nullptr) == -EINVAL);
    CHECK(set_action(signo, nullptr, &old) == -EINVAL);
  }
  for (const int signo : {kSIGKILL, kSIGSTOP}) {
    CHECK(set_action(signo, &action, nullptr) == -EINVAL);
    CHECK(set_action(signo, nullptr, &old) == 0);  // asking is allowed
    CHECK(old.disposition == Disposition::kDefault);
  }
}

TEST_CASE("an action is kept with its flags and mask, less the signals that cannot be blocked") {
  Fresh fresh;
  const Action action = catching(nullptr, kRestart | kNoChildStop | kNoChildWait | kOnStack, SignalSet::all());
  install(kSIGCHLD, action);
  Action old;
  REQUIRE(set_action(kSIGCHLD, nullptr, &old) == 0);
  CHECK(old.flags == action.flags);
  CHECK(old.mask == SignalSet::all() - kUnblockable);
}

TEST_CASE("raise runs the handler before it returns") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  CHECK(raise(kSIGUSR1) == 0);
  CHECK(log == "10");
}

TEST_CASE("what another process sent while a handler blocked it comes when the handler returns") {
  Fresh fresh;
  install(kSIGUSR2, catching());
  install(kSIGUSR1, catching(
                        [](int) {
                          fake::send(kSIGUSR2);
                          note("end");
                        },
                        0, SignalSet::of(kSIGUSR2)));
  raise(kSIGUSR1);
  CHECK(log == "10 end 12");
}

TEST_CASE("what another process sent while it was blocked comes when it is unblocked") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  block(SignalSet::of(kSIGUSR1, kSIGUSR2));
  fake::send(kSIGUSR1);
  unblock(SignalSet::of(kSIGUSR2));
  CHECK(log == "");
  unblock(SignalSet::of(kSIGUSR1));
  CHECK(log == "10");
}

TEST_CASE("what was sent while its handler was replaced takes the default action without another check") {
  Fresh fresh(fake::Mode::kScripted, WSIG_HOST_SYNCED);
  install(kSIGTERM, catching());
  const fake::Outcome outcome = run([] {
    fake::on_sync([] {
      const bool published = queue::block.defaults.load() & SignalSet::of(kSIGTERM).bits;
      if (published) fake::send(kSIGTERM);
    });
    const Action action = {};
    set_action(kSIGTERM, &action, nullptr);
    note("went on");
  });
  CHECK(outcome.kind == fake::Outcome::kKilled);
  CHECK(outcome.signo == kSIGTERM);
  CHECK(log == "");
}

TEST_CASE("sending checks its arguments") {
  Fresh fresh;
  CHECK(raise(0) == 0);
  CHECK(raise(65) == -EINVAL);
  CHECK(raise(-1) == -EINVAL);
  CHECK(raise(1000000000) == -EINVAL);
  CHECK(kill(pid(), 0) == 0);
  CHECK(kill(0, 0) == 0);
  CHECK(kill(-pid(), 0) == 0);
  CHECK(kill(pid(), 65) == -EINVAL);
  CHECK(kill(77, kSIGTERM) == -ESRCH);
  CHECK(kill(-1, kSIGTERM) == -ESRCH);  // Linux leaves out the caller, and there is nobody else
  CHECK(queue(77, kSIGTERM, 1) == -ESRCH);
  CHECK(kill_thread(12345, kSIGTERM) == -ESRCH);
  CHECK(queue_thread(12345, kSIGTERM, 1) == -ESRCH);
  CHECK(queue_thread(wsig_host_thread(), 0, 1) == 0);
  CHECK(queue_thread(wsig_host_thread(), 65, 1) == -EINVAL);
  CHECK(queue_thread(wsig_host_thread(), -1, 1) == -EINVAL);
  CHECK(kill(9, kSIGTERM) == 0);
  CHECK(fake::sent_elsewhere().signo == kSIGTERM);
  CHECK(kill(-77, kSIGTERM) == -ESRCH);
  CHECK(kill(INT32_MIN, 0) == -ESRCH);
  CHECK(kill(-9, kSIGUSR1) == 0);  // the group of a process that the host knows
  CHECK(fake::sent_elsewhere().pid == 9);
  CHECK(fake::sent_elsewhere().signo == kSIGUSR1);
}

TEST_CASE("the action is reset before a handler with SA_RESETHAND runs") {
  Fresh fresh;
  install(kSIGUSR1, catching(
                        [](int signo) {
                          Action now;
                          set_action(signo, nullptr, &now);
                          note(now.disposition == Disposition::kDefault ? "default" : "still installed");
                        },
                        kResetHand));
  raise(kSIGUSR1);
  CHECK(log == "10 default");
  CHECK(run([] { raise(kSIGUSR1); }).signo == kSIGUSR1);
}

TEST_CASE("a signal is blocked during its own handler unless SA_NODEFER") {
  Fresh fresh;
  static int depth;
  depth = 0;
  const Body again = [](int signo) {
    if (++depth <= 2) raise(signo);
    note("end");
  };
  SECTION("deferred") {
    install(kSIGUSR1, catching(again));
    raise(kSIGUSR1);
    CHECK(log == "10 end 10 end 10 end");
  }
  SECTION("SA_NODEFER") {
    install(kSIGUSR1, catching(again, kNoDefer));
    raise(kSIGUSR1);
    CHECK(log == "10 10 10 end end end");
  }
}

TEST_CASE("sa_mask holds others back until the handler returns") {
  Fresh fresh;
  install(kSIGUSR2, catching());
  install(kSIGUSR1, catching(
                        [](int) {
                          raise(kSIGUSR2);
                          note("end");
                        },
                        0, SignalSet::of(kSIGUSR2)));
  raise(kSIGUSR1);
  CHECK(log == "10 end 12");
}

TEST_CASE("ignoring a signal discards what is pending, blocked or not") {
  Fresh fresh;
  install(kSIGUSR1, catching());
  install(40, catching());
  block(SignalSet::of(kSIGUSR1, 40));
  raise(kSIGUSR1);
  raise(40);
  queue(pid(), 40, 1);
  CHECK(pending() == SignalSet::of(kSIGUSR1, 40));
  install(kSIGUSR1, ignoring());
  install(40, ignoring());
  CHECK(pending().empty());
}

TEST_CASE("a default of ignoring discards too, and an ignored signal that is blocked is kept") {
  Fresh fresh;
  block(SignalSet::of(kSIGCHLD));
  raise(kSIGCHLD);
  CHECK(pending() == SignalSet::of(kSIGCHLD));  // Linux: its action may change before it is unblocked
  const Action standard = {};
  REQUIRE(set_action(kSIGCHLD, &standard, nullptr) == 0);
  CHECK(pending().empty());
}

TEST_CASE("another process is looked up before the number is checked (Linux)") {
  Fresh fresh;
  CHECK(kill(77, 66) == -ESRCH);
  CHECK(kill(77, -1) == -ESRCH);
  CHECK(queue(77, 65, 1) == -ESRCH);
  CHECK(kill(9, 66) == -EINVAL);
  CHECK(queue(9, -1, 1) == -EINVAL);
}

TEST_CASE("a thread is looked up before the number is checked (Linux)") {
  Fresh fresh;
  for (const int signo : {-1, 0, 65, 1000000000}) {
    CHECK(kill_thread(12345, signo) == -ESRCH);
    CHECK(queue_thread(12345, signo, 1) == -ESRCH);
  }
}

TEST_CASE("unknown flags are forgotten, so that a program can find out what is supported (Linux)") {
  Fresh fresh;
  install(kSIGUSR1, catching(nullptr, kRestart | kExposeTagBits | 0x400 | 0x100));
  Action found;
  CHECK(set_action(kSIGUSR1, nullptr, &found) == 0);
  CHECK(found.flags == (kRestart | kExposeTagBits));
}

TEST_CASE("default actions: terminate, core, ignore") {
  Fresh fresh;
  const fake::Outcome term = run([] { raise(kSIGTERM); });
  CHECK(term.kind == fake::Outcome::kKilled);
  CHECK(term.signo == kSIGTERM);
  CHECK_FALSE(term.core);
  fake::reset();
  const fake::Outcome quit = run([] { raise(kSIGQUIT); });
  CHECK(quit.signo == kSIGQUIT);
  CHECK(quit.core);
  fake::reset();
  CHECK(run([] { raise(64); }).signo == 64);
  fake::reset();
  CHECK(run([] {
          for (const int signo : {kSIGCHLD, kSIGURG, kSIGWINCH, kSIGCONT}) raise(signo);
        }).kind == fake::Outcome::kFinished);
}

TEST_CASE("SIGKILL ends the process whatever is blocked, before any handler") {
  Fresh fresh;
  install(kSIGHUP, catching());
  const fake::Outcome outcome = run([] {
    block(SignalSet::all());
    raise(kSIGHUP);
    raise(kSIGKILL);
  });
  CHECK(outcome.signo == kSIGKILL);
  CHECK(log.empty());
}

TEST_CASE("a fatal signal takes effect before the handlers of others") {
  Fresh fresh;
  install(kSIGHUP, catching());
  fake::send(kSIGHUP);
  fake::send(kSIGTERM);
  CHECK(run([] { deliver(); }).signo == kSIGTERM);
  CHECK(log.empty());
}

TEST_CASE("a stop lasts until SIGCONT, and each discards the other") {
  Fresh fresh;
  install(kSIGCONT, catching());
  SECTION("stopped and continued") {
    fake::schedule(1000, kSIGCONT);
    raise(kSIGTSTP);
    CHECK(fake::stop_reports() == 2);
    CHECK(fake::stop_signal() == 0);
    CHECK(log == "18");
  }
  SECTION("other signals wait while it is stopped") {
    install(kSIGUSR1, catching());
    fake::schedule(1000, kSIGUSR1);
    fake::schedule(2000, kSIGCONT);
    raise(kSIGSTOP);
    CHECK(log == "18 10");  // the lowest is set up first, so it runs last
  }
  SECTION("SIGKILL ends a stopped process") {
    fake::schedule(1000, kSIGKILL);
    CHECK(run([] { raise(kSIGSTOP); }).signo == kSIGKILL);
  }
  SECTION("no other signal does") {
    fake::schedule(1000, kSIGTERM);
    CHECK(run([] { raise(kSIGSTOP); }).kind == fake::Outcome::kStuck);
  }
  SECTION("but when it is continued it is ended, before the handler of SIGCONT") {
    fake::schedule(1000, kSIGTERM);
    fake::schedule(2000, kSIGCONT);
    CHECK(run([] { raise(kSIGSTOP); }).signo == kSIGTERM);
    CHECK(fake::stop_reports() == 2);
    CHECK(log.empty());
  }
  SECTION("a stop signal discards a pending SIGCONT") {
    block(SignalSet::of(kSIGCONT, kSIGTSTP));
    raise(kSIGCONT);
    raise(kSIGTSTP);
    CHECK(pending() == SignalSet::of(kSIGTSTP));
    raise(kSIGCONT);
    CHECK(pending() == SignalSet::of(kSIGCONT));
  }
  SECTION("a stop that nothing continues is stuck") {
    CHECK(run([] { raise(kSIGSTOP); }).kind == fake::Outcome::kStuck);
  }
}

TEST_CASE("the mask that a handler leaves behind is the one restored") {
  Fresh fresh;
  const Action action = {
      Disposition::kCatch, kSigInfo, {}, [](Accepted& accepted) { accepted.restore.add(kSIGUSR2); }, 0};
  install(kSIGUSR1, action);
  raise(kSIGUSR1);
  CHECK(mask() == SignalSet::of(kSIGUSR2));
}

namespace {

// For which signals the host is told that the default action would end or stop the process.
SignalSet told() { return {queue::block.defaults.load()}; }

}  // namespace

TEST_CASE("the host is told which default actions would end or stop the process, after every change") {
  Fresh fresh;
  start();
  const SignalSet ending = SignalSet::of(kSIGUSR1) | SignalSet::of(40);
  CHECK((ending - told()).empty());
  CHECK(told().has(kSIGTSTP));
  CHECK(told().has(kSIGKILL));
  CHECK_FALSE(told().has(kSIGCHLD));
  CHECK_FALSE(told().has(kSIGCONT));

  const SignalSet before = told();
  const auto only = [&](SignalSet closed) { return told() == before - closed; };
  for (const int signo : {int{kSIGUSR1}, 40}) {
    install(signo, catching());
    CHECK(only(SignalSet::of(signo)));
    install(signo, Action{});
    CHECK(only({}));
    install(signo, ignoring());
    CHECK(only(SignalSet::of(signo)));
    install(signo, catching(nullptr, kResetHand));
    CHECK(only(SignalSet::of(signo)));
    raise(signo);
    CHECK(only({}));
  }

  block(ending);
  CHECK(only(ending));
  unblock(SignalSet::of(40));
  CHECK(only(SignalSet::of(kSIGUSR1)));
  unblock(ending);
  CHECK(only({}));
}

TEST_CASE("the handler of a trap is told its code, and no sender") {
  Fresh fresh;
  install(kSIGFPE, telling());
  take_fault(kSIGFPE, 7);
  CHECK(log == "8/code7/pid0/value0");
}

TEST_CASE("a trap whose signal has no handler, or is blocked or ignored, is left to the host") {
  Fresh fresh;
  take_fault(kSIGFPE, 1);
  install(kSIGFPE, ignoring());
  take_fault(kSIGFPE, 1);
  install(kSIGFPE, telling());
  block(SignalSet::of(kSIGFPE));
  take_fault(kSIGFPE, 1);
  CHECK(pending().empty());
  unblock(SignalSet::of(kSIGFPE));
  CHECK(log.empty());
}

TEST_CASE("a trap in the library itself calls no handler") {
  Fresh fresh;
  install(kSIGFPE, telling());
  {
    const DeliveryDeferral deferral;
    take_fault(kSIGFPE, 1);
  }
  CHECK(safe_point() >= 0);
  CHECK(log.empty());
}

}  // namespace wasmsig::process
