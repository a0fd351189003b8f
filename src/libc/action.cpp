// Dispositions: sigaction(), signal() and their old forms, and the call of a handler.
#include "libc/convert.hpp"

namespace wasmsig::libc {

namespace {

using Handler = void (*)(int);
using InfoHandler = void (*)(int, siginfo_t*, void*);

// Emscripten's prebuilt libraries were compiled with this value as SIG_IGN.
const Handler kForeignIgnore = reinterpret_cast<Handler>(static_cast<intptr_t>(-2));

struct Call {
  const process::Action* action;
  const process::SigInfo* info;
  SignalSet* mask;
};

void call_handler(void* context) {
  const Call& call = *static_cast<Call*>(context);
  if (!(call.action->flags & process::kSigInfo)) {
    reinterpret_cast<Handler>(call.action->handler)(call.info->signo);
    return;
  }
  siginfo_t info;
  store(&info, *call.info);
  ucontext_t environment = {};
  environment.uc_stack = alternate_stack();
  store(&environment.uc_sigmask, *call.mask);
  reinterpret_cast<InfoHandler>(call.action->handler)(call.info->signo, &info, &environment);
  *call.mask = from(environment.uc_sigmask);
}

// Two, so that programs which ask for neither flag do not link what they need.
constexpr uint32_t kMoreThanNumber = process::kSigInfo | process::kOnStack;

void invoke(const process::Action& action, const process::SigInfo& info, SignalSet*) {
  reinterpret_cast<Handler>(action.handler)(info.signo);
}

void invoke_with_more(const process::Action& action, const process::SigInfo& info, SignalSet* mask) {
  Call call{&action, &info, mask};
  if (action.flags & process::kOnStack) {
    on_alternate_stack(call_handler, &call);
  } else {
    call_handler(&call);
  }
}

Handler handler_of(const process::Action& action) {
  switch (action.disposition) {
    case process::Disposition::kDefault: return SIG_DFL;
    case process::Disposition::kIgnore: return SIG_IGN;
    case process::Disposition::kCatch: break;
  }
  return reinterpret_cast<Handler>(action.handler);
}

bool is_handler(Handler handler) { return handler != SIG_ERR && handler != SIG_HOLD; }

// What siginterrupt() asked for; signal() must not undo it (glibc).
constinit SignalSet interrupting;

}  // namespace

void store(siginfo_t* to, const process::SigInfo& from) {
  *to = siginfo_t{};
  to->si_signo = from.signo;
  to->si_errno = from.error;
  to->si_code = from.code;
  if (from.signo == SIGPOLL && from.code > 0 && from.code != SI_KERNEL) {
    to->si_band = static_cast<long>(from.band);
    return;
  }
  to->si_pid = from.pid;
  to->si_uid = from.uid;
  if (from.signo == SIGCHLD && from.code > 0 && from.code != SI_KERNEL) {
    to->si_status = from.status;
  } else {
    to->si_ptr = reinterpret_cast<void*>(static_cast<intptr_t>(from.value));
  }
}

static process::Action action_of(Handler handler, uint32_t flags) {
  process::Action action;
  action.flags = flags;
  if (handler == SIG_DFL) return action;
  if (handler == SIG_IGN || handler == kForeignIgnore) {
    action.disposition = process::Disposition::kIgnore;
    return action;
  }
  action.disposition = process::Disposition::kCatch;
  action.invoke = invoke;
  action.handler = reinterpret_cast<uintptr_t>(handler);
  return action;
}

}  // namespace wasmsig::libc

using namespace wasmsig;
using namespace wasmsig::libc;

extern "C" {

// SIG_IGN and SIG_HOLD. Two bodies, so that they stay two table entries.
[[gnu::noinline]] void __wsig_ignore(int) { __builtin_trap(); }
[[gnu::noinline]] void __wsig_hold(int signo) {
  static volatile int called;
  called = signo + called;
  __builtin_trap();
}

int sigaction(int signo, const struct sigaction* __restrict action, struct sigaction* __restrict old) {
  process::Action wanted;
  if (action) {
    if (!is_handler(action->sa_handler)) return fail(EINVAL);
    wanted = action_of(action->sa_handler, static_cast<uint32_t>(action->sa_flags));
    if (wanted.flags & kMoreThanNumber) wanted.invoke = invoke_with_more;
    wanted.mask = from(action->sa_mask);
  }
  process::Action previous;
  if (const int error = process::set_action(signo, action ? &wanted : nullptr, &previous)) return result(error);
  if (old) {
    *old = {};
    old->sa_handler = handler_of(previous);
    old->sa_flags = static_cast<int>(previous.flags);
    store(&old->sa_mask, previous.mask);
  }
  return 0;
}

// BSD semantics: the handler stays, the signal is blocked while it runs, system calls restart.
void (*signal(int signo, void (*handler)(int)))(int) {
  if (!valid_signal(signo) || !is_handler(handler)) {
    errno = EINVAL;
    return SIG_ERR;
  }
  const process::Action wanted = action_of(handler, interrupting.has(signo) ? 0 : process::kRestart);
  process::Action previous;
  if (const int error = process::set_action(signo, &wanted, &previous)) {
    errno = -error;
    return SIG_ERR;
  }
  return handler_of(previous);
}

void (*bsd_signal(int signo, void (*handler)(int)))(int) { return signal(signo, handler); }

int siginterrupt(int signo, int flag) {
  process::Action action;
  if (const int error = process::set_action(signo, nullptr, &action)) return result(error);
  if (flag) {
    action.flags &= ~static_cast<uint32_t>(process::kRestart);
  } else {
    action.flags |= process::kRestart;
  }
  if (const int error = process::set_action(signo, &action, nullptr)) return result(error);
  if (flag) {
    interrupting.add(signo);
  } else {
    interrupting.remove(signo);
  }
  return 0;
}

int sigignore(int signo) {
  const process::Action ignored = action_of(SIG_IGN, 0);
  return result(process::set_action(signo, &ignored, nullptr));
}

void (*sigset(int signo, void (*handler)(int)))(int) {
  if (!valid_signal(signo) || handler == SIG_ERR) {
    errno = EINVAL;
    return SIG_ERR;
  }
  const SignalSet one = SignalSet::of(signo);
  const bool hold = handler == SIG_HOLD;
  const process::Action wanted = hold ? process::Action{} : action_of(handler, 0);
  process::Action previous;
  // SIG_HOLD leaves the disposition; asking with no action still refuses what does not exist, and SIGKILL by the mask's rules.
  int error = process::set_action(signo, hold ? nullptr : &wanted, &previous);
  if (!error && hold && (signo == SIGKILL || signo == SIGSTOP)) error = -EINVAL;
  if (error) {
    errno = -error;
    return SIG_ERR;
  }
  SignalSet before;
  process::set_mask(hold ? process::How::kBlock : process::How::kUnblock, &one, &before);
  return before.has(signo) ? SIG_HOLD : handler_of(previous);
}

}  // extern "C"
