#include <string>

#include "support.hpp"

LIBC_TEST("strsignal() describes signals as the documentation does") {
  const struct {
    int signo;
    const char* text;
  } expected[] = {{SIGHUP, "Hangup"},       {SIGINT, "Interrupt"},      {SIGQUIT, "Quit"},
                  {SIGABRT, "Aborted"},     {SIGKILL, "Killed"},        {SIGUSR1, "User defined signal 1"},
                  {SIGALRM, "Alarm clock"}, {SIGTERM, "Terminated"},    {SIGSTOP, "Stopped (signal)"},
                  {SIGIO, "I/O possible"},  {SIGSYS, "Bad system call"}, {SIGRTMIN, "Real-time signal 0"},
                  {SIGRTMIN + 7, "Real-time signal 7"}, {0, "Unknown signal 0"}, {NSIG, "Unknown signal 65"},
                  {-1, "Unknown signal -1"}};
  for (const auto& entry : expected) CHECK(std::string(strsignal(entry.signo)) == entry.text);
}

#ifdef SIG2STR_MAX
LIBC_TEST("names and numbers convert both ways") {
  char text[SIG2STR_MAX];
  for (int signo = 1; signo < NSIG; ++signo) {
    if (signo >= 32 && signo < SIGRTMIN) {
      CHECK(sig2str(signo, text) == -1);
      continue;
    }
    int number = 0;
    REQUIRE(sig2str(signo, text) == 0);
    CHECK(str2sig(text, &number) == 0);
    CHECK(number == signo);
  }
  CHECK(sig2str(SIGINT, text) == 0);
  CHECK(std::string(text) == "INT");
  CHECK(sig2str(SIGRTMIN + 3, text) == 0);
  CHECK(std::string(text) == "RTMIN+3");
  int number = 0;
  CHECK(str2sig("RTMAX-1", &number) == 0);
  CHECK(number == SIGRTMAX - 1);
  CHECK(str2sig("15", &number) == 0);
  CHECK(number == SIGTERM);
  CHECK(sig2str(-1, text) == -1);
  CHECK(sig2str(NSIG, text) == -1);
  for (const char* name : {"", "SIGINT", "FOO", "RTMIN+", "RTMIN+99", "99", "-1", "12345678901"}) CHECK(str2sig(name, &number) == -1);
}
#endif

LIBC_TEST("sigabbrev_np() and sigdescr_np() know the signals that have a name") {
  CHECK(std::string(sigabbrev_np(SIGINT)) == "INT");
  CHECK(std::string(sigdescr_np(SIGINT)) == "Interrupt");
  CHECK(std::string(sigabbrev_np(SIGSYS)) == "SYS");
  for (int signo = 1; signo <= SIGSYS; signo++) {
    REQUIRE(sigabbrev_np(signo));
    CHECK(std::string(sigdescr_np(signo)) == strsignal(signo));
  }
  for (int signo : {0, -1, 32, SIGRTMIN, SIGRTMAX, NSIG, 1000}) {
    CHECK(sigabbrev_np(signo) == nullptr);
    CHECK(sigdescr_np(signo) == nullptr);
  }
}
