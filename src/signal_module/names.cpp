// The names of the module, from signals.def. Order and availability are that table's; values are the platform's.
#include "signal_module/names.hpp"

#include <string.h>

#include "signal_module/fail.hpp"
#include "signal_module/module_state.hpp"

namespace wasmsig::signal_module {
namespace {

enum class Have : uint8_t { kAbsent, kNative, kEmulated, kAlias };

struct Row {
  const char* name;
  int kind;
  const char* documented;
  Have on_linux, on_windows, on_emscripten, on_wasi, extended;
};

constexpr int kind_function = WSIG_NAME_FUNCTION, kind_enum = WSIG_NAME_ENUM, kind_exception = WSIG_NAME_EXCEPTION;
constexpr int kind_type = WSIG_NAME_TYPE, kind_handler = WSIG_NAME_HANDLER, kind_sigmask = WSIG_NAME_SIGMASK;
constexpr int kind_itimer = WSIG_NAME_ITIMER, kind_constant = WSIG_NAME_CONSTANT, kind_signal = WSIG_NAME_SIGNAL;
constexpr int kind_alias = WSIG_NAME_ALIAS;
constexpr Have have_ABSENT = Have::kAbsent, have_NATIVE = Have::kNative, have_EMULATED = Have::kEmulated,
               have_ALIAS = Have::kAlias;

constexpr Row kRows[] = {
#define WSIG_NAME(name, kind, documented, on_linux, on_windows, emscripten, wasi, extended) \
  {#name, kind_##kind, documented, have_##on_linux, have_##on_windows, have_##emscripten, have_##wasi, have_##extended},
#include "signals.def"
};
constexpr size_t kRowCount = sizeof kRows / sizeof kRows[0];

bool same(const char* a, const char* b) { return strcmp(a, b) == 0; }

bool on_darwin(const Row& row) {
  static constexpr const char* kMissing[] = {
#define WSIG_NOT_ON_MACOS(name) #name,
#include "signals.def"
  };
  for (const char* name : kMissing) {
    if (same(row.name, name)) return false;
  }
  return row.on_linux != Have::kAbsent;
}

bool listed(const Row& row, wsig_platform_names column, int edition) {
  switch (column) {
    case WSIG_NAMES_LINUX: return row.on_linux != Have::kAbsent;
    case WSIG_NAMES_DARWIN: return on_darwin(row);
    case WSIG_NAMES_WINDOWS: return row.on_windows != Have::kAbsent;
    case WSIG_NAMES_EMSCRIPTEN:
    case WSIG_NAMES_WASI: break;
  }
  if (edition == WSIG_EDITION_EXTENDED) return row.extended != Have::kAbsent;
  return (column == WSIG_NAMES_EMSCRIPTEN ? row.on_emscripten : row.on_wasi) != Have::kAbsent;
}

// Members' and constants' values; -1: the platform's headers do not have it (a C library without SIGSTKFLT, say).
int value_of(const Row& row) {
  switch (row.kind) {
    case WSIG_NAME_HANDLER: return same(row.name, "SIG_IGN") ? 1 : 0;
    case WSIG_NAME_ITIMER:
      return same(row.name, "ITIMER_REAL")      ? WSIG_ITIMER_REAL
             : same(row.name, "ITIMER_VIRTUAL") ? WSIG_ITIMER_VIRTUAL
                                                : WSIG_ITIMER_PROF;
    case WSIG_NAME_CONSTANT: return wsig_platform()->limit;
    case WSIG_NAME_SIGNAL:
      if (same(row.name, "CTRL_C_EVENT")) return WSIG_CTRL_C_EVENT;
      if (same(row.name, "CTRL_BREAK_EVENT")) return WSIG_CTRL_BREAK_EVENT;
      [[fallthrough]];
    case WSIG_NAME_ALIAS:
    case WSIG_NAME_SIGMASK: return wsig_platform_number(row.name);
    default: return 0;
  }
}

int edition() { return running() ? state.config.edition : WSIG_EDITION_DOCUMENTED; }

bool exists(const Row& row) {
  if (!listed(row, wsig_platform()->names, edition())) return false;
  // An old kernel, or another one than Linux's.
  if (!wsig_platform()->pidfd && same(row.name, "pidfd_send_signal")) return false;
  return value_of(row) >= 0;
}

const Row* find(const char* name) {
  for (const Row& row : kRows) {
    if (same(row.name, name)) return &row;
  }
  return nullptr;
}

}  // namespace

bool listed(const char* name, wsig_platform_names column, int edition) {
  const Row* row = find(name);
  return row && listed(*row, column, edition);
}

int require_name(const char* name) {
  const Row* row = find(name);
  if (row && exists(*row)) return 0;
  return fail_unavailable(name, row ? row->documented : "");
}

int require(const char* name) {
  if (!running()) return fail_state("wsig_init() was not called");
  return require_name(name);
}

}  // namespace wasmsig::signal_module

using namespace wasmsig::signal_module;

extern "C" {

size_t wsig_name_count(void) {
  size_t count = 0;
  for (const Row& row : kRows) count += exists(row);
  return count;
}

int wsig_name_at(size_t index, wsig_name* name) {
  if (!name || name->size < sizeof(wsig_name)) return fail_value("wsig_name.size is not set");
  for (size_t at = 0; at < kRowCount; at++) {
    const Row& row = kRows[at];
    if (!exists(row) || index-- != 0) continue;
    name->name = row.name;
    name->kind = row.kind;
    name->value = value_of(row);
    name->documented = row.documented;
    return 0;
  }
  return fail_value("name index out of range");
}

int wsig_has(const char* name) {
  const Row* row = name ? find(name) : nullptr;
  return row && exists(*row);
}

int wsig_nsig(void) { return wsig_platform()->limit; }

const char* wsig_signal_name(int signum) {
  for (const Row& row : kRows) {
    // The events of the Windows console are numbered 0 and 1 and are no signals.
    if (row.kind != WSIG_NAME_SIGNAL || row.name[0] != 'S') continue;
    if (exists(row) && value_of(row) == signum) return row.name;
  }
  return nullptr;
}

const char* wsig_platform_name(void) {
  switch (wsig_platform()->names) {
    case WSIG_NAMES_LINUX: return "linux";
    case WSIG_NAMES_DARWIN: return "darwin";
    case WSIG_NAMES_WINDOWS: return "windows";
    case WSIG_NAMES_EMSCRIPTEN: return "emscripten";
    case WSIG_NAMES_WASI: return "wasi";
  }
  return "";
}

}  // extern "C"
