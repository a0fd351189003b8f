// The wakeup descriptor: what is written, when, and what is said when it cannot be written.
#include <fcntl.h>
#include <unistd.h>

#include "module_fixture.hpp"

using namespace module_test;

namespace {

const int kInt = WSIG_SIGINT, kTerm = WSIG_SIGTERM;

// Two ends of a pipe that does not block. WASI has no pipes: a file, written and read through two descriptors.
struct Pipe {
  int ends[2] = {-1, -1};
#if defined(__wasi__)
  static constexpr const char* kPath = "wasmsig-wakeup.tmp";
  explicit Pipe(int flags = O_NONBLOCK) {
    ends[1] = open(kPath, O_WRONLY | O_CREAT | O_TRUNC | flags, 0600);
    ends[0] = open(kPath, O_RDONLY | O_NONBLOCK);
  }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
    unlink(kPath);
  }
#elif !defined(_WIN32)
  explicit Pipe(int flags = O_NONBLOCK) {
    if (pipe(ends) != 0) return;
    fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK);
    fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) | flags);
  }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
#endif
  explicit operator bool() const { return ends[1] >= 0; }
  int in() const { return ends[1]; }
  std::vector<int> read_all() const {
    std::vector<int> result;
    unsigned char byte;
    while (read(ends[0], &byte, 1) == 1) result.push_back(byte);
    return result;
  }
};

}  // namespace

TEST_CASE("a descriptor that is not open is refused, and the old one stays") {
  Running running;
  intptr_t previous = 77;
  for (const intptr_t fd : {intptr_t{999}, intptr_t{-2}, static_cast<intptr_t>(INT32_MAX)}) {
    CAPTURE(fd);
    CHECK(wsig_set_wakeup_fd(fd, 1, &previous) == WSIG_E_OS);
    CHECK(last_error().number == EBADF);
    CHECK(previous == 77);
  }
  CHECK(wsig_set_wakeup_fd(-1, 1, &previous) == 0);
  CHECK(previous == -1);
  CHECK(wsig_set_wakeup_fd(-1, 1, nullptr) == 0);
}

#if !defined(_WIN32)
TEST_CASE("a descriptor in blocking mode is refused") {
  Running running;
  Pipe pipe(0);
  if (!pipe) SKIP("WASI has no pipes, and this host gives the program no folder for a file");
  CHECK(wsig_set_wakeup_fd(pipe.in(), 1, nullptr) == WSIG_E_VALUE);
  CHECK(last_error().text == "the fd " + std::to_string(pipe.in()) + " must be in non-blocking mode");
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(pipe.read_all().empty());
  fcntl(pipe.in(), F_SETFL, fcntl(pipe.in(), F_GETFL) | O_NONBLOCK);
  CHECK(wsig_set_wakeup_fd(pipe.in(), 1, nullptr) == 0);
}

TEST_CASE("each arrival writes one byte, the number, after the flags are set") {
  static Pipe* pipe_in_use;
  static bool empty_at_the_hook;
  wsig_config with = config();
  with.tripped = [](void*) { empty_at_the_hook = tripped() && pipe_in_use->read_all().empty(); };
  Pipe pipe;
  if (!pipe) SKIP("WASI has no pipes, and this host gives the program no folder for a file");
  pipe_in_use = &pipe;
  Running running(with);
  intptr_t previous = 0;
  REQUIRE(wsig_set_wakeup_fd(pipe.in(), 1, &previous) == 0);
  CHECK(previous == -1);
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(set(kInt, noting()) == 0);
  empty_at_the_hook = false;
  arrive(kTerm);
  CHECK(empty_at_the_hook);  // the eval breaker comes before the descriptor
  CHECK(calls.empty());      // and the byte before the handler
  CHECK(pipe.read_all() == std::vector<int>{kTerm});
  arrive(kTerm);
  CHECK(pipe.read_all() == std::vector<int>{kTerm});  // also when it is tripped already
  REQUIRE(wsig_check_signals(nullptr) == 0);
  REQUIRE(wsig_raise_signal(kInt) == 0);
  CHECK(pipe.read_all() == std::vector<int>{kInt});
  REQUIRE(wsig_set_wakeup_fd(-1, 1, &previous) == 0);
  CHECK(previous == pipe.in());
  REQUIRE(wsig_raise_signal(kInt) == 0);
  CHECK(pipe.read_all().empty());
}

TEST_CASE("set_interrupt writes the byte too") {
  Running running;
  Pipe pipe;
  if (!pipe) SKIP("WASI has no pipes, and this host gives the program no folder for a file");
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_set_wakeup_fd(pipe.in(), 1, nullptr) == 0);
  REQUIRE(wsig_set_interrupt(kTerm) == 0);
  CHECK(pipe.read_all() == std::vector<int>{kTerm});
}

TEST_CASE("a write that fails is reported at the safe point, with or without the warning") {
  const int warn = GENERATE(0, 1);
  Running running;
  Pipe pipe;
  if (!pipe) SKIP("WASI has no pipes, and this host gives the program no folder for a file");
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_set_wakeup_fd(pipe.ends[0], warn, nullptr) == 0);  // the reading end
  errno = 1234;
  wsig_trip(kTerm);
  const int kept = errno;
  CHECK(kept == 1234);
  CHECK(unraisable.empty());
  REQUIRE(wsig_check_signals(nullptr) == 0);
  REQUIRE(unraisable.size() == 1);
  CHECK(unraisable[0].number == EBADF);
  CHECK(unraisable[0].kind == WSIG_E_OS);
  CHECK(unraisable[0].detail == "Exception ignored when trying to write to the signal wakeup fd");
  CHECK(calls.size() == 1);  // the handler ran all the same
  REQUIRE(wsig_check_signals(nullptr) == 0);
  CHECK(unraisable.size() == 1);
  wsig_set_wakeup_fd(-1, 1, nullptr);
}

TEST_CASE("a full buffer is reported only if asked for, and loses no signal") {
  const int warn = GENERATE(0, 1);
  Running running;
  Pipe pipe;
  if (!pipe) SKIP("WASI has no pipes, and this host gives the program no folder for a file");
  REQUIRE(set(kTerm, noting()) == 0);
  // Until it is full. Emscripten's pipes grow without limit: there is nothing to see then.
  const std::vector<char> block(4096, 'x');
  size_t written = 0;
  while (written < (1u << 22)) {
    const ssize_t now = write(pipe.in(), block.data(), block.size());
    if (now < 0) break;
    written += static_cast<size_t>(now);
  }
  while (written < (1u << 22) && write(pipe.in(), "x", 1) == 1) written++;
  if (written >= (1u << 22)) return;  // nor does WASI's file fill up
  REQUIRE(wsig_set_wakeup_fd(pipe.in(), warn, nullptr) == 0);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(calls.size() == 1);
  REQUIRE(unraisable.size() == static_cast<size_t>(warn));
  if (warn) CHECK(unraisable[0].number == EAGAIN);
  wsig_set_wakeup_fd(-1, 1, nullptr);
}

TEST_CASE("the warning follows the last call") {
  Running running;
  Pipe pipe;
  if (!pipe) SKIP("WASI has no pipes, and this host gives the program no folder for a file");
  REQUIRE(wsig_set_wakeup_fd(pipe.in(), 0, nullptr) == 0);
  intptr_t previous = -1;
  REQUIRE(wsig_set_wakeup_fd(pipe.in(), 1, &previous) == 0);
  CHECK(previous == pipe.in());
}

TEST_CASE("finalize forgets the descriptor") {
  Pipe pipe;
  if (!pipe) SKIP("WASI has no pipes, and this host gives the program no folder for a file");
  {
    Running running;
    REQUIRE(wsig_set_wakeup_fd(pipe.in(), 1, nullptr) == 0);
  }
  Running again;
  REQUIRE(set(kTerm, noting()) == 0);
  REQUIRE(wsig_raise_signal(kTerm) == 0);
  CHECK(pipe.read_all().empty());
}
#endif

#if !defined(_WIN32)
TEST_CASE("only Windows has an event for waiters") { CHECK(wsig_interrupt_event() == nullptr); }
#endif
