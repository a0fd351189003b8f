// Names and descriptions, from signals.def.
#include <string.h>

#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

namespace {

struct Name {
  int signo;
  const char* name;  // without SIG
  const char* description;
};

constexpr Name kNames[] = {
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, default_action, description) \
  {linux_number, &#name[3], description},
#include "signals.def"
};

struct Alias {
  const char* name;
  int signo;
};

constexpr Alias kAliases[] = {
#define WSIG_ALIAS(name, signal) {&#name[3], name},
#include "signals.def"
};

const Name* find(int signo) {
  for (const Name& entry : kNames) {
    if (entry.signo == signo && signo != 0) return &entry;
  }
  return nullptr;
}

// No stdio: writes a number of at most eleven characters and the end, and returns where the end is.
char* append_number(char* to, int value) {
  char digits[12];
  int count = 0;
  unsigned rest = value < 0 ? 0u - static_cast<unsigned>(value) : static_cast<unsigned>(value);
  do {
    digits[count++] = static_cast<char>('0' + rest % 10);
  } while (rest /= 10);
  if (value < 0) *to++ = '-';
  while (count) *to++ = digits[--count];
  *to = 0;
  return to;
}

char* append(char* to, const char* text) {
  const size_t length = strlen(text);
  memcpy(to, text, length + 1);
  return to + length;
}

// A whole decimal number without a sign, or -1.
int number_of(const char* text) {
  if (!*text) return -1;
  int value = 0;
  for (; *text; ++text) {
    if (*text < '0' || *text > '9' || value > kSignalLimit) return -1;
    value = value * 10 + (*text - '0');
  }
  return value;
}

bool real_time_name(const char* text, int* signo) {
  if (!strcmp(text, "RTMIN")) return *signo = SIGRTMIN, true;
  if (!strcmp(text, "RTMAX")) return *signo = SIGRTMAX, true;
  const bool up = !strncmp(text, "RTMIN+", 6);
  if (!up && strncmp(text, "RTMAX-", 6)) return false;
  const int distance = number_of(text + 6);
  if (distance < 1 || distance > SIGRTMAX - SIGRTMIN) return false;
  *signo = up ? SIGRTMIN + distance : SIGRTMAX - distance;
  return true;
}

}  // namespace

extern "C" {

char* strsignal(int signo) {
  if (const Name* entry = find(signo)) return const_cast<char*>(entry->description);
  static thread_local char text[32];
  if (signo >= SIGRTMIN && signo <= SIGRTMAX) {
    append_number(append(text, "Real-time signal "), signo - SIGRTMIN);
  } else {
    append_number(append(text, "Unknown signal "), signo);
  }
  return text;
}

const char* sigabbrev_np(int signo) {
  const Name* entry = find(signo);
  return entry ? entry->name : nullptr;
}

const char* sigdescr_np(int signo) {
  const Name* entry = find(signo);
  return entry ? entry->description : nullptr;
}

int sig2str(int signo, char* text) {
  if (signo == 0) return append(text, "EXIT"), 0;
  if (const Name* entry = find(signo)) return append(text, entry->name), 0;
  if (signo < SIGRTMIN || signo > SIGRTMAX) return -1;
  if (signo == SIGRTMAX) return append(text, "RTMAX"), 0;
  char* const end = append(text, "RTMIN");
  if (signo > SIGRTMIN) append_number(append(end, "+"), signo - SIGRTMIN);
  return 0;
}

int str2sig(const char* __restrict text, int* __restrict signo) {
  const int number = number_of(text);
  if (number >= 0) {
    if (number >= kSignalLimit || reserved_signal(number)) return -1;
    *signo = number;
    return 0;
  }
  if (!strcmp(text, "EXIT")) return *signo = 0;
  for (const Name& entry : kNames) {
    if (entry.signo && !strcmp(text, entry.name)) return *signo = entry.signo, 0;
  }
  for (const Alias& alias : kAliases) {
    if (!strcmp(text, alias.name)) return *signo = alias.signo, 0;
  }
  return real_time_name(text, signo) ? 0 : -1;
}

}  // extern "C"
