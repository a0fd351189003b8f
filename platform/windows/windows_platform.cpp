// Windows: the seven signals of the C runtime, and the console's ^C and ^Break, which come on a thread of their own.
//
// The runtime resets a signal to its default before it calls a handler, so the handler installs itself again; a second one in
// between would end the process. For ^C and ^Break, which people type twice, that gap is closed: a console handler of ours stands
// before the runtime's and trips the signal without touching its disposition.
//
// SIGFPE, SIGILL and SIGSEGV belong to a thread in the runtime: an action for them is that of the thread that set it.
#include <winsock2.h>
#include <windows.h>

#include <errno.h>
#include <io.h>
#include <signal.h>
#include <string.h>

#include <atomic>

#include "platform/platform.h"

namespace {

constexpr wsig_platform_info kInfo = {WSIG_NAMES_WINDOWS, NSIG, 1, 0};

struct Named {
  const char* name;
  int number;               // 0: Windows does not have it
  const char* description;  // as CPython words them; it has none for SIGBREAK
};

constexpr Named kSignals[] = {
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, action, description) \
  {#name, windows_number, linux_number != 0 ? description : nullptr},
#include "signals.def"
};

const Named* find(int signum) {
  for (const Named& row : kSignals) {
    if (row.number == signum && signum != 0) return &row;
  }
  return nullptr;
}

using Handler = void (*)(int);

// What the console handler does; written by the main thread, read by the console's. Relaxed: nothing else hangs on it.
std::atomic<int> on_ctrl_c{WSIG_DISPOSITION_DEFAULT};
std::atomic<int> on_ctrl_break{WSIG_DISPOSITION_DEFAULT};
std::atomic<HANDLE> sigint_event{nullptr};
std::atomic<bool> has_sockets{false};

void arrived(int signum) {
  wsig_trip(signum);
  if (signum == SIGINT) {
    if (HANDLE event = sigint_event.load(std::memory_order_acquire)) SetEvent(event);
  }
}

extern "C" void on_signal(int signum) {
  const int saved = errno;
  signal(signum, on_signal);
  arrived(signum);
  errno = saved;
}

BOOL WINAPI on_console(DWORD type) {
  int signum, disposition;
  if (type == CTRL_C_EVENT) {
    signum = SIGINT;
    disposition = on_ctrl_c.load(std::memory_order_relaxed);
  } else if (type == CTRL_BREAK_EVENT) {
    signum = SIGBREAK;
    disposition = on_ctrl_break.load(std::memory_order_relaxed);
  } else {
    return FALSE;
  }
  if (disposition == WSIG_DISPOSITION_OURS) arrived(signum);
  return disposition == WSIG_DISPOSITION_OURS || disposition == WSIG_DISPOSITION_IGNORE;
}

// The last handler added is asked first. The runtime adds its own when SIGINT or SIGBREAK first gets an action, so ours is moved.
void stand_first() {
  SetConsoleCtrlHandler(on_console, FALSE);
  SetConsoleCtrlHandler(on_console, TRUE);
}

int from_winsock(int error) {
  switch (error) {
    case WSAEWOULDBLOCK: return EAGAIN;
    case WSAENOTSOCK:
    case WSAEBADF: return EBADF;
    case WSAEINVAL: return EINVAL;
    case WSAEFAULT: return EFAULT;
    case WSAENOTCONN: return ENOTCONN;
    case WSAECONNRESET: return ECONNRESET;
    case WSAECONNABORTED: return ECONNABORTED;
    case WSAESHUTDOWN: return EPIPE;
    default: return EIO;
  }
}

bool start_sockets() {
  if (has_sockets.load(std::memory_order_relaxed)) return true;
  WSADATA data;
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) return false;
  has_sockets.store(true, std::memory_order_relaxed);
  return true;
}

}  // namespace

extern "C" {

const wsig_platform_info* wsig_platform(void) { return &kInfo; }

int wsig_platform_number(const char* name) {
  for (const Named& row : kSignals) {
    if (row.number != 0 && strcmp(row.name, name) == 0) return row.number;
  }
  return -1;
}

const char* wsig_platform_description(int signum) {
  const Named* row = find(signum);
  return row ? row->description : nullptr;
}

uint64_t wsig_platform_valid(void) {
  uint64_t result = 0;
  for (const Named& row : kSignals) {
    if (row.number != 0) result |= uint64_t{1} << (row.number - 1);
  }
  return result;
}

int wsig_platform_extended(void) { return 0; }

void wsig_platform_start(void) {
  // By hand, and never closed: whoever waits on it may outlive the module.
  if (!sigint_event.load(std::memory_order_relaxed)) {
    sigint_event.store(CreateEventA(nullptr, TRUE, FALSE, nullptr), std::memory_order_release);
  }
  on_ctrl_c.store(WSIG_DISPOSITION_DEFAULT, std::memory_order_relaxed);
  on_ctrl_break.store(WSIG_DISPOSITION_DEFAULT, std::memory_order_relaxed);
  stand_first();
}

void wsig_platform_stop(void) { SetConsoleCtrlHandler(on_console, FALSE); }

wsig_disposition wsig_platform_disposition(int signum) {
  if (!find(signum)) return WSIG_DISPOSITION_OTHER;
  // There is no question without an answer that changes something; for a moment it is ignored.
  const Handler handler = signal(signum, SIG_IGN);
  if (handler == SIG_ERR) return WSIG_DISPOSITION_OTHER;
  signal(signum, handler);
  if (handler == SIG_DFL) return WSIG_DISPOSITION_DEFAULT;
  if (handler == SIG_IGN) return WSIG_DISPOSITION_IGNORE;
  return handler == on_signal ? WSIG_DISPOSITION_OURS : WSIG_DISPOSITION_OTHER;
}

int wsig_platform_install(int signum, wsig_disposition disposition) {
  if (!find(signum)) return -EINVAL;
  const Handler handler = disposition == WSIG_DISPOSITION_DEFAULT  ? SIG_DFL
                          : disposition == WSIG_DISPOSITION_IGNORE ? SIG_IGN
                                                                   : on_signal;
  errno = 0;
  if (signal(signum, handler) == SIG_ERR) return errno ? -errno : -EINVAL;
  if (signum == SIGINT) on_ctrl_c.store(disposition, std::memory_order_relaxed);
  if (signum == SIGBREAK) on_ctrl_break.store(disposition, std::memory_order_relaxed);
  if (signum == SIGINT || signum == SIGBREAK) stand_first();
  return 0;
}

int wsig_platform_restart(int, int) { return -ENOSYS; }

int wsig_platform_raise(int signum) {
  // The runtime may treat another number as a programming error and end the process.
  if (!find(signum)) return -EINVAL;
  errno = 0;
  if (raise(signum) == 0) return 0;
  return errno ? -errno : -EINVAL;
}

// The names below do not exist on Windows (signals.def), so nobody calls these.
int wsig_platform_send_thread(uintptr_t, int) { return -ENOSYS; }
int wsig_platform_send_pidfd(int, int, unsigned) { return -ENOSYS; }
int wsig_platform_mask(int, const uint64_t*, uint64_t*) { return -ENOSYS; }
int wsig_platform_pending(uint64_t*) { return -ENOSYS; }
int wsig_platform_pause(void) { return -ENOSYS; }
int wsig_platform_wait(uint64_t, int64_t, wsig_platform_signal*) { return -ENOSYS; }
unsigned wsig_platform_alarm(unsigned) { return 0; }
int wsig_platform_set_timer(int, const wsig_platform_timer*, wsig_platform_timer*) { return -ENOSYS; }
int wsig_platform_get_timer(int, wsig_platform_timer*) { return -ENOSYS; }

int64_t wsig_platform_clock(void) { return static_cast<int64_t>(GetTickCount64()) * 1000000; }

int wsig_platform_fd_check(intptr_t fd, wsig_fd_kind* kind) {
  if (start_sockets()) {
    int error = 0;
    int size = sizeof error;
    if (getsockopt(static_cast<SOCKET>(fd), SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&error), &size) == 0) {
      *kind = WSIG_FD_SOCKET;
      return 1;
    }
    if (WSAGetLastError() != WSAENOTSOCK) return -from_winsock(WSAGetLastError());
  }
  *kind = WSIG_FD_FILE;
  if (fd > INT32_MAX) return -EBADF;
  return _get_osfhandle(static_cast<int>(fd)) == -1 ? -EBADF : 1;
}

int wsig_platform_fd_write(intptr_t fd, wsig_fd_kind kind, uint8_t value) {
  const char data = static_cast<char>(value);
  if (kind == WSIG_FD_SOCKET) {
    return send(static_cast<SOCKET>(fd), &data, 1, 0) >= 0 ? 0 : -from_winsock(WSAGetLastError());
  }
  return _write(static_cast<int>(fd), &data, 1) >= 0 ? 0 : -errno;
}

uintptr_t wsig_platform_thread(void) { return GetCurrentThreadId(); }

void wsig_platform_collect(void) {}
int32_t wsig_platform_poll(void) { return 0; }
const uint32_t* wsig_platform_doorbell(void) { return nullptr; }
void* wsig_platform_interrupt_event(void) { return sigint_event.load(std::memory_order_acquire); }

}  // extern "C"
