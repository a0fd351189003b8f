// Sending: raise(3), kill(2), sigqueue(3), pthread_kill(3), pthread_sigqueue(3), abort(3), and descriptors of
// processes.
#include "platform/host.h"
#include "process/internal.hpp"
#include "process/numbers.hpp"

namespace wasmsig::process {

namespace {

// The target: asked with the lock held, false if there is no such thread.
constexpr auto kToProcess = [](Thread** target) {
  *target = nullptr;
  return true;
};
auto to_thread(uintptr_t id) {
  return [id](Thread** target) { return (*target = thread_of(id)) != nullptr; };
}

// Makes the signal pending, and notifies other threads if it is for them.
template <class To>
int send(int signo, Origin origin, To to) {
  Thread& me = self();
  bool wake;
  {
    const Lock lock;
    Thread* target;
    if (!to(&target)) return -ESRCH;  // Linux first searches for the thread, then checks the number
    if (signo < 0 || signo >= kSignalLimit) return -EINVAL;
    if (signo == 0) return 0;
    if (!generate(signo, origin, target)) return -EAGAIN;
    wake = must_notify(me) || (kMaxThreads > 1 && state.thread_count > 1 && state.halt.dying_of() && target != &me);
  }
  if (wake) notify_others();
  return 0;
}

int elsewhere(int32_t to, int signo, uint32_t code, int32_t value) {
  if (!has_host()) return -ESRCH;
  // Linux first searches for the process, then checks the number.
  const bool known = signo >= 0 && signo < kSignalLimit;
  switch (wsig_host_send(to, known ? signo : 0, static_cast<int>(code), value)) {
    case 0: return known ? 0 : -EINVAL;
    case WSIG_LINUX_EPERM: return -EPERM;
    case WSIG_LINUX_EAGAIN: return -EAGAIN;
    case WSIG_LINUX_EINVAL: return -EINVAL;
    default: return -ESRCH;
  }
}

// The processes that a pid argument of kill() means: this one is alone in its group. kill(-1) leaves out the caller
// (Linux).
bool means_self(int32_t to) { return to == 0 || to == pid() || to == -pid(); }

template <class To>
int send_and_deliver(int signo, Origin origin, To to) {
  const InlineDeliveryDeferral deferral;
  deliver_sent(self());
  const int result = send(signo, origin, to);
  if (result == 0) deliver_pending(self(), nullptr);
  return result;
}

}  // namespace

int send_process(int signo, Origin origin) {
  start();
  const DeliveryDeferral deferral;
  return send(signo, origin, kToProcess);
}

int send_thread(uintptr_t thread, int signo, Origin origin) {
  start();
  const DeliveryDeferral deferral;
  return send(signo, origin, to_thread(thread));
}

int raise(int signo) {
  start();
  return send_and_deliver(signo, sent_by(queue::kCodeThread, static_cast<int32_t>(queue::block.pid)),
                          [](Thread** target) {
                            *target = &self();
                            return true;
                          });
}

void abort() {
  start();
  Thread& me = self();
  {
    Guard guard;
    use_mask(me, me.mask - SignalSet::of(kSIGABRT));
  }
  raise(kSIGABRT);
  die(kSIGABRT);  // it is ignored, or its handler returned
}

int kill_thread(uintptr_t thread, int signo) {
  return send_and_deliver(signo, sent_by(queue::kCodeThread, pid()), to_thread(thread));
}

int queue_thread(uintptr_t thread, int signo, int32_t value) {
  return send_and_deliver(signo, sent_by(queue::kCodeQueue, pid(), value), to_thread(thread));
}

int kill(int32_t to, int signo) {
  if (means_self(to)) return send_and_deliver(signo, sent_by(queue::kCodeUser, pid()), kToProcess);
  // The other processes that the host knows are alone in their groups, too.
  const bool group = to < -1 && to != INT32_MIN;
  return elsewhere(group ? -to : to, signo, queue::kCodeUser, 0);
}

int queue(int32_t to, int signo, int32_t value) {
  if (to != pid()) return elsewhere(to, signo, queue::kCodeQueue, value);
  return send_and_deliver(signo, sent_by(queue::kCodeQueue, pid(), value), kToProcess);
}

void take_fault(int signo, int32_t code) {
  if (DeliveryDeferral::depth > 0) return;  // the trap was in the library, whose state may be anything
  const Thread& me = self();
  bool handled;
  {
    const Guard guard;
    handled = state.actions[signo].disposition == Disposition::kCatch && !me.mask.has(signo);
  }
  if (handled) send_and_deliver(signo, sent_by(queue::kCodeFault, code), to_thread(wsig_host_thread()));
}

int pidfd_open(int32_t to, bool nonblocking) {
  start();
  if (to <= 0) return -EINVAL;
  const int result = wsig_host_pidfd_open(to, nonblocking);
  switch (result) {
    case -WSIG_LINUX_ESRCH: return -ESRCH;
    case -WSIG_LINUX_EMFILE: return -EMFILE;
    default: return result < 0 ? -ENOSYS : result;
  }
}

int pidfd_pid(int fd) {
  start();
  const int result = wsig_host_pidfd_pid(fd);
  return result < 0 ? -EBADF : result;
}

}  // namespace wasmsig::process
