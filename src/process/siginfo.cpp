// What siginfo_t says of a sender: from an Origin, and back.
#include "process/internal.hpp"
#include "process/posix_timers.hpp"

namespace wasmsig::process {

namespace {

// What pidfd_send_signal() says of itself: below this bit nine bits of a code, and 22 of a pid, as many as Linux's
// have.
constexpr uint32_t kOwnWords = 0x80000000u;
constexpr int kPidBits = 22;
constexpr int32_t kMaxPid = (1 << kPidBits) - 1, kMaxCode = 255, kMinCode = -256;

constexpr int16_t kCodes[8] = {kUser, kQueue, kKernel, kTimer, kThread, kUser, kUser, kUser};  // by InfoCode
static_assert(kCodes[queue::kCodeQueue] == kQueue && kCodes[queue::kCodeKernel] == kKernel &&
              kCodes[queue::kCodeTimer] == kTimer && kCodes[queue::kCodeThread] == kThread);

}  // namespace

SigInfo info_of(int signo, Origin origin) {
  SigInfo info;
  info.signo = signo;
  if (linked(describe_timer_signal) && describe_timer_signal(origin, &info)) return info;
  const uint32_t word = origin.info();
  const bool own = word & kOwnWords;
  info.code = own ? static_cast<int32_t>(word << 1) >> (kPidBits + 1) : kCodes[queue::info_code(word)];
  info.pid = static_cast<int32_t>(word & (own ? kMaxPid : 0xffffff));
  if (!own && queue::info_code(word) == queue::kCodeFault) {
    info.code = info.pid;
    info.pid = 0;  // in its place handlers find si_addr, which no engine tells
    return info;
  }
  info.uid = queue::block.uid;
  info.value = origin.value();
  return info;
}

bool make_origin(int32_t code, int32_t pid, int32_t value, Origin* origin) {
  if (pid < 0 || pid > kMaxPid || code < kMinCode || code > kMaxCode) return false;
  *origin = Origin::of(kOwnWords | (static_cast<uint32_t>(code) << kPidBits & ~kOwnWords) | static_cast<uint32_t>(pid),
                       value);
  return true;
}

}  // namespace wasmsig::process
