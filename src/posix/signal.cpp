// signal() and its old forms.
#include "posix/convert.hpp"
#include "posix/disposition.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

// What siginterrupt() asked for; signal() must not undo it (glibc).
constinit SignalSet interrupting;

}  // namespace

extern "C" {

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
