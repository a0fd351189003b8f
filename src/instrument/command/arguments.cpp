#include "instrument/command/arguments.hpp"

#include <algorithm>
#include <map>

namespace wasmsig::instrument::command {
namespace {

constexpr const char* kHelp =
    R"(Usage: wasmsig-instrument IN.wasm -o OUT.wasm [options]

Puts safe points into a program, so that signals reach it while it computes: into its loops, and where functions call each other in
circles or for long. Loops that need none (--json says why) get none. A file that is instrumented already is copied as it is.

A program that is linked with the wasmsig library runs its handlers there. Any other module gets a small runtime injected and exports
wasmsig_set_safe_point(funcref): what its embedder gives, a function () -> i32, is called at the next safe point, and says how many may
be passed until the next call, or ends the computation with a negative number.

  -o, --output OUT.wasm     where to write; may be the same file
  --runtime linked|injected insist on one of these; by default the file's exports decide
  --memory shared|keep      shared: make the memory shared (a check is one load); keep: leave it as it is (a check counts down).
                            Default shared, but keep for the stand-alone library and for an injected runtime
  --maximum-pages N         the maximum of a shared memory in pages of 64 KiB; default 32768 (2 GiB), or the program's own if that is less
  --import-memory M.N       the host makes the shared memory: it becomes an import of this name. Without this option it stays where
                            it is. The hosts of wasmsig give env.memory only
  --size                    the file grows less (by a third to a half), and some loops and calls get slower: no loop is unrolled, and no
                            function is copied
  --skip NAME               no safe points in this function, by its name or export name; /.../ is a regular expression. May be repeated
  --json                    what was done, on standard output (also: --report json)
  --help, --version

It does not validate the module: that is the engine's part. Exit status: 0, 1 for a failure, 2 for wrong usage.)";

// The options with a value, by their names.
using Values = std::map<std::string, std::vector<std::string>>;

[[noreturn]] void wrong(const std::string& text) { throw Failure(text + " (see wasmsig-instrument --help)"); }

class Parser {
 public:
  Parser(int argc, char** argv) : words_(argv + (argc > 0 ? 1 : 0), argv + argc) {}

  void parse() {
    bool has_options = true;
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (!has_options || word.size() < 2 || word[0] != '-')
        files.push_back(word);
      else if (word == "--")
        has_options = false;
      else
        option(word);
    }
  }

  bool has_help = false;
  bool has_version = false;
  bool has_json = false;
  bool has_size = false;
  Values values;
  std::vector<std::string> files;

 private:
  void option(const std::string& word) {
    if (word.compare(0, 2, "--") != 0) return short_option(word);
    const size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    if (const auto flag = flags_.find(name); flag != flags_.end()) {
      if (equals != std::string::npos) wrong("Option '--" + name + "' does not take an argument");
      *flag->second = true;
      return;
    }
    constexpr const char* kNames[] = {"output",        "runtime", "memory", "maximum-pages",
                                      "import-memory", "skip",    "report"};
    if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames))
      wrong("Unknown option '" + word + "'");
    values[name].push_back(equals == std::string::npos ? next(word) : word.substr(equals + 1));
  }

  void short_option(const std::string& word) {
    if (word == "-h")
      has_help = true;
    else if (word == "-V")
      has_version = true;
    else if (word[1] == 'o')
      values["output"].push_back(word.size() > 2 ? word.substr(2) : next(word));
    else
      wrong("Unknown option '" + word.substr(0, 2) + "'");
  }

  std::string next(const std::string& word) {
    if (at_ == words_.size()) wrong("Option '" + word + "' argument missing");
    return words_[at_++];
  }

  const std::map<std::string, bool*> flags_{
      {"help", &has_help}, {"version", &has_version}, {"json", &has_json}, {"size", &has_size}};
  std::vector<std::string> words_;
  size_t at_ = 0;
};

// The last one given. Null: none was.
const std::string* last(const Values& values, const char* name) {
  const auto found = values.find(name);
  return found == values.end() ? nullptr : &found->second.back();
}

bool is_number_of_pages(const std::string& text) {
  const bool is_digits = !text.empty() && text.size() <= 5 && text[0] != '0' &&
                         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_digits && std::stoul(text) <= 65536;
}

void read_import(const std::string& name, Arguments& result) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size())
    throw Failure("--import-memory " + name + ": MODULE.NAME is wanted");
  result.imports_memory = true;
  result.import_module = name.substr(0, dot);
  result.import_name = name.substr(dot + 1);
}

void read_memory(const Values& values, Arguments& result) {
  const std::string* const memory = last(values, "memory");
  const std::string* const pages = last(values, "maximum-pages");
  const std::string* const name = last(values, "import-memory");
  if (memory && *memory != "shared" && *memory != "keep")
    throw Failure("--memory " + *memory + ": shared or keep is wanted");
  if (name) read_import(*name, result);
  if (pages && !is_number_of_pages(*pages))
    throw Failure("--maximum-pages " + *pages + ": a number of pages from 1 to 65536 is wanted");
  const bool keeps = memory && *memory == "keep";
  if (pages && keeps) throw Failure("--maximum-pages needs --memory shared");
  if (name && keeps) throw Failure("--import-memory needs --memory shared");
  if (keeps)
    result.memory = WSIG_INSTRUMENT_KEEP;
  else if (memory || pages || name)
    result.memory = WSIG_INSTRUMENT_SHARED;
  if (pages) result.maximum_pages = static_cast<uint32_t>(std::stoul(*pages));
}

void read_runtime(const Values& values, Arguments& result) {
  const std::string* const runtime = last(values, "runtime");
  if (!runtime) return;
  if (*runtime != "linked" && *runtime != "injected")
    throw Failure("--runtime " + *runtime + ": linked or injected is wanted");
  result.runtime = *runtime == "linked" ? WSIG_INSTRUMENT_RUNTIME_LINKED : WSIG_INSTRUMENT_RUNTIME_INJECTED;
}

}  // namespace

Arguments read_arguments(int argc, char** argv) {
  Parser parser(argc, argv);
  parser.parse();
  Arguments result;
  if (parser.has_help)
    result.answer = kHelp;
  else if (parser.has_version)
    result.answer = WSIG_VERSION_STRING;
  if (!result.answer.empty()) return result;
  if (parser.files.size() > 1) throw Failure("unexpected argument: " + parser.files[1]);
  if (parser.files.empty()) wrong("no file given");
  const std::string* const output = last(parser.values, "output");
  if (!output || output->empty()) throw Failure("no -o OUT.wasm given");
  const std::string* const report = last(parser.values, "report");
  if (report && *report != "json") throw Failure("--report " + *report + ": json is wanted");
  result.input = parser.files[0];
  result.output = *output;
  result.reports = report || parser.has_json;
  result.prefers_size = parser.has_size;
  result.skips = parser.values["skip"];
  read_memory(parser.values, result);
  read_runtime(parser.values, result);
  return result;
}

}  // namespace wasmsig::instrument::command
