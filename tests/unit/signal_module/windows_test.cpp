// What only Windows has: seven signals, sockets as wakeup descriptors, an event for waiters, and the console's ^C and ^Break.
#if defined(_WIN32)
#include <winsock2.h>
#include <windows.h>

#include <fcntl.h>
#include <io.h>

#include "module_fixture.hpp"

using namespace module_test;

namespace {

const int kInt = WSIG_SIGINT, kTerm = WSIG_SIGTERM, kBreak = WSIG_SIGBREAK;
constexpr int kSeven[] = {WSIG_SIGABRT, WSIG_SIGFPE, WSIG_SIGILL, WSIG_SIGINT, WSIG_SIGSEGV, WSIG_SIGTERM, WSIG_SIGBREAK};

// A connected pair of sockets on the loopback interface.
struct Sockets {
  SOCKET in = INVALID_SOCKET, out = INVALID_SOCKET;
  Sockets() {
    WSADATA data;
    WSAStartup(MAKEWORD(2, 2), &data);
    const SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    int size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, reinterpret_cast<sockaddr*>(&address), size);
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    listen(listener, 1);
    in = socket(AF_INET, SOCK_STREAM, 0);
    connect(in, reinterpret_cast<sockaddr*>(&address), size);
    out = accept(listener, nullptr, nullptr);
    closesocket(listener);
    for (const SOCKET each : {in, out}) {
      u_long yes = 1;
      ioctlsocket(each, FIONBIO, &yes);
    }
  }
  ~Sockets() {
    closesocket(in);
    closesocket(out);
  }
};

// One byte of a socket that does not block; -1: none within five seconds.
int receive(SOCKET from) {
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(from, &readable);
  timeval limit{5, 0};
  char got = 0;
  return select(0, &readable, nullptr, nullptr, &limit) == 1 && recv(from, &got, 1, 0) == 1 ? got : -1;
}

// A console of this process alone, so that nobody else gets its events.
bool own_console() {
  FreeConsole();
  return AllocConsole() != 0;
}

constexpr DWORD kLimit_ms = 20000;

// Runs a hidden test of this program in a process group of its own, which ^Break needs. Its exit code, 0 if it passed.
DWORD run_hidden(const std::string& test) {
  char program[MAX_PATH];
  GetModuleFileNameA(nullptr, program, sizeof program);
  std::string command = "\"";
  command.append(program).append("\" \"").append(test).append("\"");
  STARTUPINFOA start{};
  start.cb = sizeof start;
  PROCESS_INFORMATION child{};
  REQUIRE(CreateProcessA(program, command.data(), nullptr, nullptr, FALSE, CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW, nullptr, nullptr, &start, &child));
  DWORD code = STILL_ACTIVE;
  if (WaitForSingleObject(child.hProcess, 3 * kLimit_ms) != WAIT_OBJECT_0) TerminateProcess(child.hProcess, STILL_ACTIVE);
  GetExitCodeProcess(child.hProcess, &code);
  CloseHandle(child.hThread);
  CloseHandle(child.hProcess);
  return code;
}

// How a process ends by an event that nobody handles: with STATUS_CONTROL_C_EXIT, under wine 8 with 0.
bool ended_by_console(DWORD code) { return code == 0xC000013A || code == 0; }

// In a hidden test: has the console send an event. wine 8 refuses to make ^Break; so its routine is started as a console starts it, on a new thread.
void make(DWORD event) {
  SetConsoleCtrlHandler(nullptr, FALSE);  // a new process group starts with ^C switched off
  // ^C goes to all processes of the console, ^Break to a group: this process leads one.
  if (GenerateConsoleCtrlEvent(event, event == CTRL_C_EVENT ? 0 : GetCurrentProcessId())) return;
  const FARPROC routine = GetProcAddress(GetModuleHandleA("kernel32"), "CtrlRoutine");
  REQUIRE(routine != nullptr);
  const HANDLE thread = CreateThread(nullptr, 0, reinterpret_cast<LPTHREAD_START_ROUTINE>(reinterpret_cast<void*>(routine)),
                                     reinterpret_cast<void*>(static_cast<uintptr_t>(event)), 0, nullptr);
  REQUIRE(thread != nullptr);
  CloseHandle(thread);
}

// Makes an event, and says whether the module's handler for this signal runs, within the limit.
bool comes(DWORD event, int signum) {
  const size_t before = calls.size();
  make(event);
  for (const DWORD end = GetTickCount() + kLimit_ms; GetTickCount() < end; Sleep(1)) {
    REQUIRE(wsig_check_signals(nullptr) == 0);
    if (calls.size() > before) return calls.back().signum == signum;
  }
  return false;
}

}  // namespace

TEST_CASE("Windows: there are seven signals, and each one runs its handler as often as it is raised") {
  Running running;
  wsig_set valid{0};
  REQUIRE(wsig_valid_signals(&valid) == 0);
  CHECK(valid.bits == set_of({kSeven[0], kSeven[1], kSeven[2], kSeven[3], kSeven[4], kSeven[5], kSeven[6]}).bits);
  for (const int signum : kSeven) {
    CAPTURE(signum);
    calls.clear();
    REQUIRE(set(signum, noting()) == 0);
    for (int times = 0; times < 3; times++) REQUIRE(wsig_raise_signal(signum) == 0);  // the runtime resets its own each time
    CHECK(signums() == std::vector<int>{signum, signum, signum});
    REQUIRE(set(signum, wsig_ignore()) == 0);
    if (signum != WSIG_SIGABRT) CHECK(wsig_raise_signal(signum) == 0);
    CHECK(calls.size() == 3);
    REQUIRE(set(signum, wsig_default()) == 0);
    CHECK(get(signum).kind == WSIG_ACTION_DEFAULT);
  }
}

TEST_CASE("Windows: every other number is a wrong value for signal(), and getsignal() knows of no action") {
  Running running;
  for (int signum = -1; signum <= 70; signum++) {
    bool known = false;
    for (const int one : kSeven) known = known || one == signum;
    if (known) continue;
    CAPTURE(signum);
    CHECK(set(signum, noting()) == WSIG_E_VALUE);
    CHECK(last_error().text == "invalid signal value");
    if (signum < 1 || signum >= wsig_nsig()) continue;
    CHECK(get(signum).kind == WSIG_ACTION_NONE);
  }
}

TEST_CASE("Windows: the wakeup descriptor may be a socket") {
  Running running;
  Sockets sockets;
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_set_wakeup_fd(static_cast<intptr_t>(sockets.in), 1, nullptr) == 0);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(receive(sockets.out) == kTerm);
  SECTION("a full one is reported, in the words for send") {
    const std::vector<char> block(65536, 'x');
    while (send(sockets.in, block.data(), static_cast<int>(block.size()), 0) > 0) {
    }
    while (send(sockets.in, "x", 1, 0) > 0) {
    }
    CHECK(WSAGetLastError() == WSAEWOULDBLOCK);
    REQUIRE(wsig_raise_signal(kTerm) == 0);
    REQUIRE(unraisable.size() == 1);
    CHECK(unraisable[0].number == EAGAIN);
    CHECK(unraisable[0].detail == "Exception ignored when trying to send to the signal wakeup fd");
    intptr_t previous = -1;
    REQUIRE(wsig_set_wakeup_fd(static_cast<intptr_t>(sockets.in), 0, &previous) == 0);
    CHECK(previous == static_cast<intptr_t>(sockets.in));
    REQUIRE(wsig_raise_signal(kTerm) == 0);
    CHECK(unraisable.size() == 1);
  }
  wsig_set_wakeup_fd(-1, 1, nullptr);
}

TEST_CASE("Windows: the wakeup descriptor may be a file descriptor") {
  Running running;
  int ends[2];
  REQUIRE(_pipe(ends, 4096, O_BINARY) == 0);
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_set_wakeup_fd(ends[1], 1, nullptr) == 0);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  unsigned char got = 0;
  CHECK(_read(ends[0], &got, 1) == 1);
  CHECK(got == kTerm);
  wsig_set_wakeup_fd(-1, 1, nullptr);
  _close(ends[0]);
  _close(ends[1]);
}

TEST_CASE("Windows: SIGINT sets the event of a waiter") {
  Running running;
  REQUIRE(set(kInt, noting()) == 0);
  const HANDLE event = wsig_interrupt_event();
  REQUIRE(event != nullptr);
  ResetEvent(event);
  REQUIRE(wsig_raise_signal(kInt) == 0);
  CHECK(WaitForSingleObject(event, 5000) == WAIT_OBJECT_0);
  ResetEvent(event);
}

TEST_CASE("Windows: what cannot be written to is reported, to a socket in the words for send") {
  const int warn = GENERATE(0, 1);
  Running running;
  REQUIRE(set(kTerm, noting()) == 0);
  SECTION("a socket that was closed meanwhile") {
    Sockets sockets;
    REQUIRE(wsig_set_wakeup_fd(static_cast<intptr_t>(sockets.in), warn, nullptr) == 0);
    closesocket(sockets.in);
    REQUIRE(wsig_raise_signal(kTerm) == 0);
    REQUIRE(unraisable.size() == 1);  // whether or not a full one would be
    CHECK(unraisable[0].number == EBADF);
    CHECK(unraisable[0].detail == "Exception ignored when trying to send to the signal wakeup fd");
  }
  SECTION("the reading end of a pipe") {
    int ends[2];
    REQUIRE(_pipe(ends, 4096, O_BINARY) == 0);
    REQUIRE(wsig_set_wakeup_fd(ends[0], warn, nullptr) == 0);
    REQUIRE(wsig_raise_signal(kTerm) == 0);
    REQUIRE(unraisable.size() == 1);
    CHECK(unraisable[0].kind == WSIG_E_OS);
    CHECK(unraisable[0].detail == "Exception ignored when trying to write to the signal wakeup fd");
    wsig_set_wakeup_fd(-1, 1, nullptr);
    _close(ends[0]);
    _close(ends[1]);
  }
  CHECK(calls.size() == 1);  // the handler ran all the same
}

TEST_CASE("Windows: SIGINT wakes a thread that waits for the event") {
  Running running;
  REQUIRE(set(kInt, noting()) == 0);
  const HANDLE event = wsig_interrupt_event();
  ResetEvent(event);
  HANDLE thread = CreateThread(
      nullptr, 0, [](void* waited_for) { return WaitForSingleObject(waited_for, kLimit_ms); }, event, 0, nullptr);
  REQUIRE(thread != nullptr);
  CHECK(WaitForSingleObject(thread, 50) == WAIT_TIMEOUT);  // it does wait
  REQUIRE(wsig_raise_signal(kInt) == 0);
  CHECK(WaitForSingleObject(thread, kLimit_ms) == WAIT_OBJECT_0);
  DWORD result = WAIT_FAILED;
  GetExitCodeThread(thread, &result);
  CHECK(result == WAIT_OBJECT_0);
  CloseHandle(thread);
  ResetEvent(event);
  SECTION("other signals do not") {
    REQUIRE(set(kTerm, noting()) == 0);
    REQUIRE(wsig_raise_signal(kTerm) == 0);
    CHECK(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
  }
}

// --- events of the console: each in a process of its own, since one that is not handled ends it ---------------------------

TEST_CASE("hidden: ^C runs the handler of SIGINT, again and again, and writes to the wakeup socket", "[.]") {
  REQUIRE(own_console());
  Running running;
  Sockets sockets;
  REQUIRE(set(kInt, noting()) == 0);
  REQUIRE(wsig_set_wakeup_fd(static_cast<intptr_t>(sockets.in), 1, nullptr) == 0);
  const HANDLE event = wsig_interrupt_event();
  for (int times = 0; times < 3; times++) {
    ResetEvent(event);
    REQUIRE(comes(CTRL_C_EVENT, kInt));
    CHECK(WaitForSingleObject(event, kLimit_ms) == WAIT_OBJECT_0);
    CHECK(receive(sockets.out) == kInt);
  }
  wsig_set_wakeup_fd(-1, 1, nullptr);
}

TEST_CASE("hidden: ^Break runs the handler of SIGBREAK, again and again, and not that of SIGINT", "[.]") {
  REQUIRE(own_console());
  Running running;
  REQUIRE(set(kBreak, noting()) == 0);
  ResetEvent(wsig_interrupt_event());
  for (int times = 0; times < 3; times++) REQUIRE(comes(CTRL_BREAK_EVENT, kBreak));
  CHECK(WaitForSingleObject(wsig_interrupt_event(), 0) == WAIT_TIMEOUT);
}

TEST_CASE("hidden: ignored ^C and ^Break do nothing", "[.]") {
  REQUIRE(own_console());
  Running running;
  REQUIRE(set(kInt, wsig_ignore()) == 0);
  REQUIRE(set(kBreak, wsig_ignore()) == 0);
  make(CTRL_C_EVENT);
  make(CTRL_BREAK_EVENT);
  Sleep(100);  // nothing tells that nothing happens
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(calls.empty());
  REQUIRE(set(kBreak, noting()) == 0);
  CHECK(comes(CTRL_BREAK_EVENT, kBreak));
}

TEST_CASE("hidden: ^C by default ends the process", "[.]") {
  REQUIRE(own_console());
  Running running;
  REQUIRE(set(kInt, wsig_default()) == 0);
  make(CTRL_C_EVENT);
  Sleep(kLimit_ms);
  FAIL("it lives");
}

TEST_CASE("hidden: ^Break by default ends the process", "[.]") {
  REQUIRE(own_console());
  Running running;
  make(CTRL_BREAK_EVENT);
  Sleep(kLimit_ms);
  FAIL("it lives");
}

TEST_CASE("Windows: a program that runs a hidden test is told how it ended") {
  CHECK(run_hidden("hidden: a failure") != 0);
  CHECK(run_hidden("hidden: nothing of that name") != 0);
}
TEST_CASE("hidden: a failure", "[.]") { CHECK(false); }

TEST_CASE("Windows: ^C and ^Break in the console trip SIGINT and SIGBREAK, and end the process only by default") {
  CHECK(run_hidden("hidden: ^C runs the handler of SIGINT*") == 0);
  CHECK(run_hidden("hidden: ^Break runs the handler of SIGBREAK*") == 0);
  CHECK(run_hidden("hidden: ignored ^C and ^Break do nothing") == 0);
  CHECK(ended_by_console(run_hidden("hidden: ^C by default ends the process")));
  CHECK(ended_by_console(run_hidden("hidden: ^Break by default ends the process")));
}
#endif
