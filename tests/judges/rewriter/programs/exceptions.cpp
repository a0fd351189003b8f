// Exceptions through loops, calls and recursion: caught, thrown again, across functions, with destructors.
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

static int alive;
struct Guard {
  Guard() { ++alive; }
  ~Guard() { --alive; }
};

static int step(int i) {
  Guard guard;
  if (i % 7 == 3) throw std::runtime_error("seven");
  if (i % 11 == 5) throw i;
  return i * 3;
}

static int deep(int n, int at) {
  Guard guard;
  if (n == at) throw std::out_of_range("deep");
  return n == 0 ? 0 : 1 + deep(n - 1, at);
}

static int run(int n) {
  int total = 0;
  for (int i = 0; i < n; ++i) {
    try {
      for (int j = i; j < i + 5; ++j) total += step(j);
    } catch (const std::exception &error) {
      total += static_cast<int>(std::string(error.what()).size());
    } catch (int value) {
      total -= value;
      try {
        while (value > 0) {
          if (value % 13 == 0) throw;
          --value;
        }
      } catch (...) {
        total += 1000;
      }
    }
  }
  return total;
}

int main() {
  std::vector<int> results;
  for (int n = 0; n < 60; ++n) results.push_back(run(n));
  int caught = 0;
  for (int at = -1; at < 40; ++at) {
    try {
      caught += deep(30, at);
    } catch (const std::out_of_range &) {
      ++caught;
    }
  }
  unsigned hash = 17;
  for (int value : results) hash = hash * 31 + static_cast<unsigned>(value);
  std::printf("%u %d %d\n", hash, caught, alive);
  return alive;
}
