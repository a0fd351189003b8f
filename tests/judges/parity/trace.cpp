#include "trace.hpp"

#include <errno.h>
#include <string.h>

#include <algorithm>

namespace wasmsig::parity {

namespace {

std::string text_of_result(int32_t result) {
  switch (-result) {
    case EINVAL: return "EINVAL";
    case EINTR: return "EINTR";
    case EAGAIN: return "EAGAIN";
    case ESRCH: return "ESRCH";
    case EPERM: return "EPERM";
    case EFAULT: return "EFAULT";
    case EDEADLK: return "EDEADLK";
    default: return std::to_string(result);
  }
}

std::string text_of_code(int32_t code) {
  switch (code) {
    case 0: return "SI_USER";
    case 0x80: return "SI_KERNEL";
    case -1: return "SI_QUEUE";
    case -2: return "SI_TIMER";
    case -6: return "SI_TKILL";
    default: return std::to_string(code);
  }
}

std::string text_of_info(const Event& event) {
  static constexpr const char* kSenders[] = {"kernel", "self", "other"};
  if (event.code == -2) {
    return text_of_code(event.code) + " of timer " + std::to_string(event.timer - 1) + " overrun " + std::to_string(event.overrun) + " value " +
           std::to_string(event.value);
  }
  return text_of_code(event.code) + " from " + kSenders[event.sender] + " value " + std::to_string(event.value);
}

std::string text_of_action(const Event& event) {
  return text_of_handling(event.code) + " " + text_of_flags(static_cast<uint32_t>(event.value)) + " " + text_of_set(event.set);
}

std::string text_of_given(const Event& event, Kind kind) {
  switch (kind) {
    case Kind::kSigaction:
    case Kind::kSigactionGet: return event.result ? "" : ", was " + text_of_action(event);
    case Kind::kSigprocmask:
    case Kind::kSigprocmaskGet: return event.result ? "" : ", was " + text_of_set(event.set);
    case Kind::kSigpending: return ", " + text_of_set(event.set);
    case Kind::kSigtimedwait:
    case Kind::kSigwaitinfo: return event.result < 0 ? "" : ", " + text_of_info(event);
    case Kind::kSetitimer:
    case Kind::kGetitimer:
    case Kind::kTimerSettime:
    case Kind::kTimerGettime:
      return event.result ? "" : ", value " + std::to_string(static_cast<int64_t>(event.set)) + " s, interval " +
                                     std::to_string(static_cast<int64_t>(event.other)) + " s";
    default: return "";
  }
}

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

}  // namespace

int first_difference(const Trace& a, const Trace& b) {
  const int common = std::min(a.count, b.count);
  for (int i = 0; i < common; i++) {
    if (!(a.events[i] == b.events[i])) return i;
  }
  return a.count == b.count ? -1 : common;
}

std::string text_of(const Event& event, const Program& program) {
  const std::string indent = (program.threads() > 1 ? "[" + std::to_string(event.thread) + "] " : "") + std::string(2 * event.depth, ' ');
  const std::string signal = text_of_signal(event.signo);
  switch (event.what) {
    case What::kResult:
    case What::kSkipped: {
      const Op& op = program.scripts[event.script].ops[event.index];
      std::string text = indent + text_of(op);
      if (event.what == What::kSkipped) return text + " skipped";
      return text + " " + text_of_result(event.result) + text_of_given(event, op.kind);
    }
    case What::kBegins:
      return indent + "handler_" + std::to_string(event.script) + " for " + signal + " (" + text_of_info(event) + ") blocked " +
             text_of_set(event.set) + " after " + text_of_set(event.other);
    case What::kEnds: return indent + "end of " + signal + ", blocked " + text_of_set(event.set) + " after " + text_of_set(event.other);
    case What::kJumped: return indent + "jumped, blocked " + text_of_set(event.set);
    case What::kStopped: return "stopped by " + signal;
    case What::kKilled: return "killed by " + signal;
    case What::kStuck: return "stuck";
    case What::kSleeps: return indent + "sleeps for ever";
    case What::kFinal: return indent + "finished, blocked " + text_of_set(event.set) + " pending " + text_of_set(event.other);
    case What::kLeft: return indent + "left " + signal + " (" + text_of_info(event) + ")";
    case What::kAction: return signal + " is " + text_of_action(event);
  }
  return "?";
}

std::string text_of(const Trace& trace, const Program& program) {
  std::string text;
  for (int i = 0; i < trace.count; i++) text += text_of(trace.events[i], program) + "\n";
  return text;
}

std::string side_by_side(const Trace& left, const Trace& right, const Program& program) {
  const int different = first_difference(left, right);
  const int count = std::max(left.count, right.count);
  size_t width = 5;
  for (int i = 0; i < left.count; i++) width = std::max(width, text_of(left.events[i], program).size());
  std::string text = "  " + padded("Linux", width) + " | emulated\n";
  // A long way before the difference is left out, and what comes long after it.
  constexpr int kBefore = 40, kAfter = 6;
  const int begin = different > kBefore ? different - kBefore : 0;
  const int end = different < 0 ? count : std::min(count, different + kAfter);
  if (begin > 0) text += "  ... " + std::to_string(begin) + " equal lines\n";
  for (int i = begin; i < end; i++) {
    const std::string a = i < left.count ? text_of(left.events[i], program) : "";
    const std::string b = i < right.count ? text_of(right.events[i], program) : "";
    text += (i == different ? "> " : "  ") + padded(a, width) + " | " + b + "\n";
  }
  if (end < count) text += "  ... " + std::to_string(count - end) + " more lines\n";
  return text;
}

}  // namespace wasmsig::parity
