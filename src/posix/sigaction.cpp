// Dispositions: sigaction(), signal() and their old forms, and the call of a handler.
//
// Why: docs/rationale.md#why-is-sig_ign--2
#include "posix/convert.hpp"

namespace wasmsig::posix {

namespace {

using process::Handler;
using InfoHandler = void (*)(int, siginfo_t*, void*);

void invoke_here(void* context) {
  process::Accepted& accepted = *static_cast<process::Accepted*>(context);
  if (!(accepted.flags & process::kSigInfo)) return reinterpret_cast<Handler>(accepted.handler)(accepted.signo);
  siginfo_t info;
  store(&info, process::info_of(accepted.signo, accepted.origin));
  ucontext_t environment = {};
  environment.uc_stack = alternate_stack();
  store(&environment.uc_sigmask, accepted.restore);
  reinterpret_cast<InfoHandler>(accepted.handler)(accepted.signo, &info, &environment);
  accepted.restore = from(environment.uc_sigmask);
}

// Not for all handlers, so that programs which ask for neither SA_SIGINFO nor SA_ONSTACK do not link what those need.
void invoke_with_more(process::Accepted& accepted) {
  if (accepted.flags & process::kOnStack) {
    on_alternate_stack(invoke_here, &accepted);
  } else {
    invoke_here(&accepted);
  }
}

constexpr uint32_t kMoreThanNumber = process::kSigInfo | process::kOnStack;

// Code that ignores a signal without this layer leaves no handler.
Handler handler_of(const process::Action& action) {
  return action.disposition == process::Disposition::kIgnore ? SIG_IGN : reinterpret_cast<Handler>(action.handler);
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
  const auto disposition = handler == SIG_DFL   ? process::Disposition::kDefault
                           : handler == SIG_IGN ? process::Disposition::kIgnore
                                                : process::Disposition::kCatch;
  return {disposition, flags, {}, nullptr, reinterpret_cast<uintptr_t>(handler)};
}

}  // namespace wasmsig::posix

using namespace wasmsig;
using namespace wasmsig::posix;

extern "C" {

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
  process::Action action = action_of(handler, interrupting.has(signo) ? 0 : process::kRestart);
  if (!is_handler(handler) || process::set_action(signo, &action, &action)) {
    errno = EINVAL;
    return SIG_ERR;
  }
  return handler_of(action);
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
  // SIG_HOLD leaves the disposition; asking with no action still refuses what does not exist, and SIGKILL by the mask's
  // rules.
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
