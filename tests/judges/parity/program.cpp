// Programs as text: C-like lines, readable and parsed back.
#include "program.hpp"

#include <stdlib.h>
#include <string.h>

#include <vector>

namespace wasmsig::parity {

namespace {

struct Word {
  const char* name;
  int64_t value;
};

constexpr Word kSignals[] = {
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, default_action, description) {#name, linux_number},
#include "signals.def"
};
constexpr Word kFlags[] = {{"SA_NOCLDSTOP", 1},        {"SA_NOCLDWAIT", 2},          {"SA_SIGINFO", 4},          {"SA_ONSTACK", 0x08000000},
                           {"SA_RESTART", 0x10000000}, {"SA_NODEFER", 0x40000000}, {"SA_RESETHAND", 0x80000000}};
constexpr Word kHows[] = {{"SIG_BLOCK", 0}, {"SIG_UNBLOCK", 1}, {"SIG_SETMASK", 2}};
constexpr Word kTargets[] = {{"self", kSelf}, {"own_group", kOwnGroup}, {"group_of_self", kGroupOfSelf}, {"nobody", kNobody}};
constexpr Word kReceivers[] = {{"self", kCaller}, {"main", kThread}, {"thread_1", kThread + 1}, {"thread_2", kThread + 2}};
constexpr Word kTimers[] = {{"ITIMER_REAL", 0}, {"ITIMER_VIRTUAL", 1}, {"ITIMER_PROF", 2}};
constexpr Word kSleeps[] = {{"pause", kPausing}, {"nanosleep", kNanosleeping}, {"sigsuspend", kSuspending},
                            {"sigtimedwait", kTimedWaiting}, {"sigwaitinfo", kWaiting}};
constexpr Word kHandlings[] = {{"SIG_DFL", kDefault},       {"SIG_IGN", kIgnore},         {"handler_1", kHandler + 1},
                               {"handler_2", kHandler + 2}, {"handler_3", kHandler + 3}, {"handler_4", kHandler + 4}};

// Arguments: one letter for each, which names the field and how it is written.
//   y b as signal   p a as sleep   r a as receiver
//   s signo   h a as how   t a as target   d a as handling   w a as timer   i a as number   b, c numbers   f b as flags   m set
struct Form {
  const char* name;
  const char* arguments;
};
constexpr Form kForms[kKinds] = {
    {"sigaction", "sdfm"},   {"sigaction_get", "s"}, {"raise", "s"},        {"kill", "ts"},     {"sigqueue", "tsb"}, {"pthread_sigqueue", "rsb"},
    {"sigprocmask", "hm"},   {"sigprocmask_get", "h"}, {"sigpending", ""},  {"sigsuspend", "m"}, {"sigtimedwait", "mbc"}, {"sigwaitinfo", "m"},
    {"nanosleep", "b"},      {"setitimer", "wbc"},   {"getitimer", "w"},    {"alarm", "b"},     {"expire", "wb"},    {"checkpoint", "b"},
    {"jump", "b"},           {"return_mask", "hm"},  {"send_while", "sypm"}, {"pthread_kill", "rs"},
    {"when_stopped", "s"},   {"other_sends", "sb"},  {"at_once", ""},
    {"timer_create", "isbc"}, {"timer_settime", "ibc"}, {"timer_gettime", "i"}, {"timer_getoverrun", "i"},
    {"timer_delete", "i"},   {"timer_expire", "ib"}, {"timer_overdue", "ib"},
};

template <size_t N>
std::string name_of(const Word (&words)[N], int64_t value) {
  for (const Word& word : words) {
    if (word.value == value && value >= 0) return word.name;
  }
  return std::to_string(value);
}

std::string text_of_argument(const Op& op, char argument) {
  switch (argument) {
    case 's': return text_of_signal(op.signo);
    case 'h': return name_of(kHows, op.a);
    case 't': return name_of(kTargets, op.a);
    case 'd': return text_of_handling(op.a);
    case 'w': return name_of(kTimers, op.a);
    case 'p': return name_of(kSleeps, op.a);
    case 'r': return name_of(kReceivers, op.a);
    case 'y': return text_of_signal(static_cast<int>(op.b));
    case 'i': return std::to_string(op.a);
    case 'b': return std::to_string(op.b);
    case 'c': return std::to_string(op.c);
    case 'f': return text_of_flags(static_cast<uint32_t>(op.b));
    default: return text_of_set(op.set);
  }
}

// A cursor over one line.
class Reader {
 public:
  explicit Reader(const std::string& text) : at_(text.c_str()) {}

  bool take(char c) {
    skip();
    if (*at_ != c) return false;
    at_++;
    return true;
  }
  bool end() {
    skip();
    return *at_ == 0;
  }
  std::string word() {
    skip();
    const char* const begin = at_;
    while (isalnum(static_cast<unsigned char>(*at_)) || *at_ == '_' || *at_ == '-') at_++;
    return {begin, at_};
  }
  template <size_t N>
  bool value(const Word (&words)[N], int64_t* value) {
    const std::string text = word();
    for (const Word& known : words) {
      if (text == known.name) return *value = known.value, true;
    }
    char* rest;
    *value = strtoll(text.c_str(), &rest, 0);
    return !text.empty() && *rest == 0;
  }
  bool set(uint64_t* set) {
    const bool inverted = take('~');
    *set = 0;
    if (!take('{')) return false;
    while (!take('}')) {
      int64_t signo;
      if (!value(kSignals, &signo) || signo < 1 || signo > 64) return false;
      *set |= uint64_t{1} << (signo - 1);
      take(',');
    }
    if (inverted) *set = ~*set;
    return true;
  }
  bool flags(int64_t* flags) {
    *flags = 0;
    do {
      int64_t one;
      if (!value(kFlags, &one)) return false;
      *flags |= one;
    } while (take('|'));
    return true;
  }

 private:
  void skip() {
    while (*at_ == ' ' || *at_ == '\t') at_++;
  }
  const char* at_;
};

bool parse_argument(Reader& reader, char argument, Op* op) {
  static constexpr Word kNone[] = {{"", 0}};
  int64_t value = 0;
  switch (argument) {
    case 's': if (!reader.value(kSignals, &value)) return false; op->signo = static_cast<int32_t>(value); return true;
    case 'h': if (!reader.value(kHows, &value)) return false; break;
    case 't': if (!reader.value(kTargets, &value)) return false; break;
    case 'd': if (!reader.value(kHandlings, &value)) return false; break;
    case 'w': if (!reader.value(kTimers, &value)) return false; break;
    case 'p': if (!reader.value(kSleeps, &value)) return false; break;
    case 'r': if (!reader.value(kReceivers, &value) || value < kCaller || value > kThread + kThreads) return false; break;
    case 'y': return reader.value(kSignals, &op->b);
    case 'i': if (!reader.value(kNone, &value) || value < 0 || value >= kPosixTimers) return false; break;
    case 'b': return reader.value(kNone, &op->b);
    case 'c': return reader.value(kNone, &op->c);
    case 'f': return reader.flags(&op->b);
    default: return reader.set(&op->set);
  }
  op->a = static_cast<int32_t>(value);
  return true;
}

bool parse_op(const std::string& line, Op* op) {
  Reader reader(line);
  const std::string name = reader.word();
  for (int kind = 0; kind < kKinds; kind++) {
    if (name != kForms[kind].name) continue;
    op->kind = static_cast<Kind>(kind);
    if (!reader.take('(')) return false;
    for (const char* argument = kForms[kind].arguments; *argument; argument++) {
      if (!parse_argument(reader, *argument, op)) return false;
      if (argument[1] && !reader.take(',')) return false;
    }
    if (!reader.take(')')) return false;
    reader.take(';');
    return reader.end();
  }
  return false;
}

bool parse_line(const std::string& line, int* script, Program* program) {
  for (int known = 0; known < kScripts; known++) {
    if (line == text_of_script(known) + ":") return *script = known, true;
  }
  Script& target = program->scripts[*script];
  Op op;
  if (target.count == kOps || !parse_op(line, &op)) return false;
  target.ops[target.count++] = op;
  return true;
}

std::string trimmed(const std::string& line) {
  const size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

std::string text_of_signal(int signo) { return signo == 0 ? "0" : name_of(kSignals, signo); }
std::string text_of_handling(int32_t handling) { return name_of(kHandlings, handling); }

std::string text_of_script(int script) {
  if (script == 0) return "main";
  return script < kFirstThread ? "handler_" + std::to_string(script) : "thread_" + std::to_string(script - kFirstThread + 1);
}

std::string text_of_set(uint64_t set) {
  const bool inverted = __builtin_popcountll(set) > 32;
  if (inverted) set = ~set;
  std::string text = inverted ? "~{" : "{";
  for (int signo = 1; signo <= 64; signo++) {
    if (!(set >> (signo - 1) & 1)) continue;
    if (text.back() != '{') text += ", ";
    text += text_of_signal(signo);
  }
  return text + "}";
}

std::string text_of_flags(uint32_t flags) {
  std::string text;
  const auto add = [&](const std::string& name) { text += (text.empty() ? "" : "|") + name; };
  for (const Word& flag : kFlags) {
    if (flags & static_cast<uint32_t>(flag.value)) add(flag.name);
    flags &= ~static_cast<uint32_t>(flag.value);
  }
  if (flags || text.empty()) add(std::to_string(flags));
  return text;
}

std::string text_of(const Op& op) {
  const Form& form = kForms[static_cast<int>(op.kind)];
  std::string text = std::string(form.name) + "(";
  for (const char* argument = form.arguments; *argument; argument++) {
    if (argument != form.arguments) text += ", ";
    text += text_of_argument(op, *argument);
  }
  return text + ");";
}

std::string text_of(const Program& program) {
  std::string text;
  for (int i = 0; i < kScripts; i++) {
    const Script& script = program.scripts[i];
    if (script.count == 0) continue;
    text += text_of_script(i) + ":\n";
    for (int k = 0; k < script.count; k++) text += "  " + text_of(script.ops[k]) + "\n";
  }
  return text;
}

bool parse(const std::string& text, Program* program, std::string* error) {
  *program = {};
  int script = 0;
  int number = 1;
  for (size_t begin = 0; begin < text.size(); number++) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = trimmed(text.substr(begin, end - begin));
    begin = end + 1;
    if (line.empty() || line[0] == '#' || line.rfind("//", 0) == 0) continue;
    if (!parse_line(line, &script, program)) {
      *error = "line " + std::to_string(number) + ": " + line;
      return false;
    }
  }
  return true;
}

uint64_t signals_of(const Program& program) {
  uint64_t set = 0;
  for (const Script& script : program.scripts) {
    for (int i = 0; i < script.count; i++) {
      const Op& op = script.ops[i];
      if (op.kind == Kind::kSendWhile && op.b >= 1 && op.b <= 64) set |= uint64_t{1} << (op.b - 1);
      const int signo = op.signo;
      if (signo >= 1 && signo <= 64) set |= uint64_t{1} << (signo - 1);
    }
  }
  return set;
}

}  // namespace wasmsig::parity
