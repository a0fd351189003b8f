// sigaction(), and the call of a handler that takes more than the number. Programs with signal() alone do not link it.
#include "posix/convert.hpp"
#include "posix/disposition.hpp"

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

}  // extern "C"
