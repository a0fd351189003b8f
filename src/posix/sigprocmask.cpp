// Masks and what is pending.

#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

// A negative errno. Numbers that are no How are refused by the process.
[[gnu::always_inline]] inline int change_mask(int how, const sigset_t* set, sigset_t* old) {
  SignalSet wanted, previous;
  if (set) wanted = from(*set);
  const int error = process::set_mask(static_cast<process::How>(how), set ? &wanted : nullptr, &previous);
  if (!error && old) store(old, previous);
  return error;
}

int change_one(process::How how, int signo) {
  if (!valid_signal(signo) || reserved_signal(signo)) return fail(EINVAL);
  const SignalSet one = SignalSet::of(signo);
  return result(process::set_mask(how, &one, nullptr));
}

// Of 4.2BSD: the first 32 signals as an int.
int change_old(process::How how, int mask) {
  SignalSet set, old;
  set.bits = static_cast<uint32_t>(mask);
  process::set_mask(how, &set, &old);
  return static_cast<int>(old.bits);
}

}  // namespace

static_assert(SIG_BLOCK == static_cast<int>(process::How::kBlock) &&
              SIG_UNBLOCK == static_cast<int>(process::How::kUnblock) &&
              SIG_SETMASK == static_cast<int>(process::How::kSetMask));

extern "C" {

int sigprocmask(int how, const sigset_t* __restrict set, sigset_t* __restrict old) {
  return result(change_mask(how, set, old));
}

int pthread_sigmask(int how, const sigset_t* __restrict set, sigset_t* __restrict old) {
  return -change_mask(how, set, old);
}

int sigpending(sigset_t* set) {
  *set = {};
  store(set, process::pending());
  return 0;
}

int sighold(int signo) { return change_one(process::How::kBlock, signo); }
int sigrelse(int signo) { return change_one(process::How::kUnblock, signo); }

int sigblock(int mask) { return change_old(process::How::kBlock, mask); }
int sigsetmask(int mask) { return change_old(process::How::kSetMask, mask); }
int siggetmask(void) { return sigblock(0); }

}  // extern "C"
