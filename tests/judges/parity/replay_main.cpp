// parity_replay: programs on standard input, separated by lines of ---; their traces on the emulated process on standard output,
// separated in the same way. The same for every target, so that what a wasm build does can be compared with what the kernel did
// (parity --export).
#include <stdio.h>

#include "executors.hpp"

using namespace wasmsig::parity;

namespace {

bool replay(const std::string& text) {
  static Program program;
  static Trace trace;
  std::string error;
  if (!parse(text, &program, &error)) {
    fprintf(stderr, "parity_replay: %s\n", error.c_str());
    return false;
  }
  run_emulated(program, &trace);
  fputs(text_of(trace, program).c_str(), stdout);
  fputs("---\n", stdout);
  return true;
}

}  // namespace

// With parameters: Emscripten's start looks for that form first, and would find the one in Catch2's archive.
int main(int, char**) {
  // Few and large reads and writes. With threads Emscripten performs each on another thread, and of very many one hangs: docs/limits.md.
  static char input[1 << 20], output[1 << 20];
  setvbuf(stdin, input, _IOFBF, sizeof input);
  setvbuf(stdout, output, _IOFBF, sizeof output);
  std::string text;
  char line[4096];
  while (fgets(line, sizeof line, stdin)) {
    if (std::string(line) != "---\n") {
      text += line;
      continue;
    }
    if (!replay(text)) return 2;
    text.clear();
  }
  return 0;
}
