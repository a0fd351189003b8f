// The same for C++20, which the build compiles without exceptions and RTTI.
#include <cstdio>
#include <wasmsig/wasmsig.hpp>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "compiled with exceptions or RTTI"
#endif

int main() {
  int signum = 0;
  {
    const wasmsig::Module module;
    const auto action = wsig_callable([](int number, void*, void* data) { return *static_cast<int*>(data) = number, 0; }, &signum);
    if (!wasmsig::signal(wasmsig::Signals::kTerm, action) || !wasmsig::raise_signal(wasmsig::Signals::kTerm)) return 1;
  }
  std::printf("C++ %s: caught %d\n", wsig_platform_name(), signum);
}
