// parity: the same random programs of signal operations on the kernel and on the emulated process.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <vector>

#include "executors.hpp"
#include "shrink.hpp"

using namespace wasmsig::parity;

namespace {

constexpr const char* kHelp =
    "Usage: parity [options]\n"
    "\n"
    "Runs random programs of signal operations on this kernel and on the emulated process and compares what they did.\n"
    "Exit status 1 if they differ, 2 if it could not run.\n"
    "\n"
    "  --seed S           the first program's seed (default 1); the same seed gives the same programs\n"
    "  --mode MODE        inside (default): most signals are the program's own; outside: another process sends\n"
    "  --ops N            until N operations have been executed (default 200000)\n"
    "  --keep-going N     until N programs differ (default 1)\n"
    "  --replay TEXT      only this program (or @FILE); prints both traces\n"
    "  --regressions DIR  only the programs of the folder's .txt files\n"
    "  --export FILE      only the kernel: programs (with --regressions those too) and traces as JSON, for builds that this program cannot run\n"
    "  --json FILE        write the numbers there\n";

struct Options {
  Mode mode = Mode::kInside;
  uint64_t seed = 1;
  int64_t ops = 200000;
  int keep_going = 1;
  std::string replay, regressions, json, export_to;
};

struct Totals {
  int64_t programs = 0, operations = 0;
  int divergences = 0;
  double seconds = 0;
  std::string first;  // shrunk
};

class Sides {
 public:
  // Whether the two sides differ.
  bool differ(const Program& program) {
    kernel_.run(&program, 1);
    run_emulated(program, &emulated_);
    return first_difference(kernel_.traces()[0], emulated_) >= 0;
  }
  std::string both(const Program& program) {
    const bool different = differ(program);
    return side_by_side(kernel_.traces()[0], emulated_, program) + (different ? "" : "equal\n");
  }
  Kernel& kernel() { return kernel_; }
  Trace& emulated() { return emulated_; }

 private:
  Kernel kernel_;
  Trace emulated_;
};

[[noreturn]] void fail(const std::string& why) {
  fprintf(stderr, "parity: %s\n", why.c_str());
  exit(2);
}

std::string contents(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) fail("cannot read " + file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Program parsed(const std::string& text, const std::string& name) {
  Program program;
  std::string error;
  if (!parse(text, &program, &error)) fail(name + ": " + error);
  return program;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '\n') result += "\\n";
    else if (c == '"' || c == '\\') result += std::string("\\") + c;
    else result += c;
  }
  return result + "\"";
}

void write_json(const std::string& file, const Options& options, const Totals& totals) {
  std::ofstream out(file);
  out << "{\"seed\": " << options.seed << ", \"targets\": {\"native\": {\"programs\": " << totals.programs << ", \"operations\": " << totals.operations
      << ", \"divergences\": " << totals.divergences << ", \"seconds\": " << totals.seconds;
  if (!totals.first.empty()) out << ", \"first\": " << quoted(totals.first);
  out << "}}}\n";
  if (!out) fail("cannot write " + file);
}

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// A difference that does not come back is one of time or of this machine: told as such, and counted.
void report(Sides& sides, const Program& program, uint64_t index, Totals* totals) {
  totals->divergences++;
  // A program that gets stuck takes its time, so there is a limit.
  fprintf(stderr, "parity: program %llu differs; looking for the shortest, at most two minutes. As it is:\n%s\n", static_cast<unsigned long long>(index),
          text_of(program).c_str());
  const auto begin = std::chrono::steady_clock::now();
  const auto fails = [&](const Program& candidate) { return since(begin) < 120 && sides.differ(candidate); };
  const bool again = fails(program);
  const Program shortest = again ? shrink(program, fails) : program;
  const std::string text = text_of(shortest);
  if (totals->first.empty()) totals->first = text;
  printf("--- program %llu differs%s\n\n%s\n%s\n", static_cast<unsigned long long>(index), again ? "" : ", but not when run again", text.c_str(),
         sides.both(shortest).c_str());
  fflush(stdout);
}

void run_random(const Options& options, Totals* totals) {
  const auto sides = std::make_unique<Sides>();
  std::vector<Program> programs(Kernel::kMost);
  const auto begin = std::chrono::steady_clock::now();
  double told = 0;
  while (totals->operations < options.ops && totals->divergences < options.keep_going) {
    for (int i = 0; i < Kernel::kMost; i++) programs[i] = generate(options.mode, options.seed, static_cast<uint64_t>(totals->programs + i));
    sides->kernel().run(programs.data(), Kernel::kMost);
    std::vector<int> different;
    for (int i = 0; i < Kernel::kMost; i++) {
      run_emulated(programs[i], &sides->emulated());
      if (first_difference(sides->kernel().traces()[i], sides->emulated()) >= 0) different.push_back(i);
      totals->operations += sides->kernel().traces()[i].executed;
    }
    for (const int i : different) {
      if (totals->divergences < options.keep_going) report(*sides, programs[i], static_cast<uint64_t>(totals->programs + i), totals);
    }
    totals->programs += Kernel::kMost;
    totals->seconds = since(begin);
    if (totals->seconds > told + 5) {
      told = totals->seconds;
      fprintf(stderr, "parity: %lld operations, %lld programs, %d divergences, %.0f s\n", static_cast<long long>(totals->operations),
              static_cast<long long>(totals->programs), totals->divergences, totals->seconds);
    }
  }
}

std::vector<std::filesystem::path> regressions(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void run_regressions(const Options& options, Totals* totals) {
  const auto sides = std::make_unique<Sides>();
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& file : regressions(options.regressions)) {
    const Program program = parsed(contents(file), file.filename());
    const bool different = sides->differ(program);
    totals->programs++;
    totals->operations += sides->kernel().traces()[0].executed;
    if (!different) continue;
    totals->divergences++;
    if (totals->first.empty()) totals->first = text_of(program);
    printf("--- %s differs\n\n%s\n", file.filename().c_str(), sides->both(program).c_str());
  }
  totals->seconds = since(begin);
}

int replay(const std::string& text) {
  const Program program = parsed(text[0] == '@' ? contents(text.substr(1)) : text, "program");
  const auto sides = std::make_unique<Sides>();
  printf("%s\n%s", text_of(program).c_str(), sides->both(program).c_str());
  return sides->differ(program) ? 1 : 0;
}

// Of the regressions, if a folder is given, and of N operations.
int export_traces(const Options& options) {
  Kernel kernel;
  std::vector<Program> programs;
  std::ofstream out(options.export_to);
  out << "{\"seed\": " << options.seed << ", \"programs\": [";
  int64_t operations = 0;
  const char* separator = "\n";
  const auto run = [&] {
    kernel.run(programs.data(), static_cast<int>(programs.size()));
    for (size_t i = 0; i < programs.size(); i++) {
      const Trace& trace = kernel.traces()[i];
      out << separator << "{\"operations\": " << trace.executed << ", \"threads\": " << programs[i].threads() << ", \"program\": " << quoted(text_of(programs[i])) << ", \"trace\": "
          << quoted(text_of(trace, programs[i])) << "}";
      separator = ",\n";
      operations += trace.executed;
    }
  };
  if (!options.regressions.empty()) {
    for (const auto& file : regressions(options.regressions)) programs.push_back(parsed(contents(file), file.filename()));
    run();
  }
  programs.resize(Kernel::kMost);
  for (uint64_t done = 0; operations < options.ops; done += Kernel::kMost) {
    for (int i = 0; i < Kernel::kMost; i++) programs[i] = generate(options.mode, options.seed, done + static_cast<uint64_t>(i));
    run();
  }
  out << "\n]}\n";
  if (!out.flush()) fail("cannot write " + options.export_to);
  return 0;
}

Options options_of(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    const std::string name = argv[i];
    if (name == "--help") {
      fputs(kHelp, stdout);
      exit(0);
    }
    if (i + 1 == argc) fail("no value for " + name + "; --help tells");
    const std::string value = argv[++i];
    if (name == "--seed") options.seed = strtoull(value.c_str(), nullptr, 0);
    else if (name == "--mode" && (value == "inside" || value == "outside")) options.mode = value == "outside" ? Mode::kOutside : Mode::kInside;
    else if (name == "--ops") options.ops = strtoll(value.c_str(), nullptr, 0);
    else if (name == "--keep-going") options.keep_going = atoi(value.c_str());
    else if (name == "--export") options.export_to = value;
    else if (name == "--replay") options.replay = value;
    else if (name == "--regressions") options.regressions = value;
    else if (name == "--json") options.json = value;
    else fail("no such option: " + name + "; --help tells");
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = options_of(argc, argv);
  if (!options.replay.empty()) return replay(options.replay);
  if (!options.export_to.empty()) return export_traces(options);
  Totals totals;
  if (!options.regressions.empty()) run_regressions(options, &totals);
  else run_random(options, &totals);
  fprintf(stderr, "parity: seed %llu, %lld programs, %lld operations, %d divergences, %.1f s\n", static_cast<unsigned long long>(options.seed),
          static_cast<long long>(totals.programs), static_cast<long long>(totals.operations), totals.divergences, totals.seconds);
  if (!options.json.empty()) write_json(options.json, options, totals);
  return totals.divergences ? 1 : 0;
}
