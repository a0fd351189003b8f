// Gives arbitrary bytes to the rewriter (libFuzzer): nothing may crash, read or write out of bounds, or take more memory than
// an input of that size may.
//
// The first bytes of an input are the options, what follows is the module. Half of the changes are made within a section
// or a function, whose sizes are then set right: of bytes changed at random, most are refused by the first reader.
#include <sanitizer/allocator_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <string>
#include <vector>

#include "wasmsig/instrument.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace {

constexpr size_t kOptions = 4;
constexpr size_t kHeader = 8;
constexpr uint8_t kCodeSection = 10;

// What a session may allocate altogether: a fixed part, and so much for each byte of the module.
constexpr size_t kMemory = size_t{8} << 20;
constexpr size_t kMemoryPerByte = 4096;
size_t allocated = 0;

void count_allocation(const volatile void* /*at*/, size_t size) { allocated += size; }
void count_free(const volatile void* /*at*/) {}

[[noreturn]] void fail(const char* what) {
  fprintf(stderr, "rewriter_fuzz: %s\n", what);
  abort();
}

void require(bool holds, const char* what) {
  if (!holds) fail(what);
}

// --- one session ------------------------------------------------------------------------------------------------------

struct Options {
  explicit Options(const uint8_t* bytes) : bits(bytes[0]), pages(bytes[1]), runtime(bytes[2]), landings(bytes[3]) {}

  unsigned memory() const { return bits & 3; }
  bool imports() const { return (bits & 4) != 0; }
  bool skips() const { return (bits & 8) != 0; }
  bool is_refused() const { return (bits & 16) != 0; }
  bool warns() const { return (bits & 32) != 0; }
  bool emits_again() const { return (bits & 64) != 0; }
  uint32_t indent() const { return (bits & 128) != 0 ? 2 : 0; }

  unsigned bits;
  uint32_t pages;
  unsigned runtime;
  unsigned landings;
};

struct Close {
  void operator()(wsig_instrumenter* session) const { wsig_instrument_close(session); }
};
using Session = std::unique_ptr<wsig_instrumenter, Close>;

bool is_skipped(void* /*context*/, const char* name, size_t length) {
  size_t sum = 0;
  for (size_t i = 0; i < length; ++i) sum += static_cast<unsigned char>(name[i]);
  return sum % 2 != 0;
}

bool lands(void* context, uint32_t function) {
  return (static_cast<const Options*>(context)->landings >> (function % 8) & 1) != 0;
}

Session open(const std::vector<uint8_t>& module, Options& options) {
  wsig_instrument_options given{};
  given.size = sizeof(given);
  given.memory = static_cast<wsig_instrument_memory>(options.memory());
  given.maximum_pages = options.pages;
  given.runtime = static_cast<wsig_instrument_runtime>(options.runtime % 4);
  given.prefers_size = (options.runtime & 4) != 0;
  if (options.imports()) given.import_module = "env", given.import_name = "memory";
  if (options.skips()) given.skip = is_skipped;
  Session session(wsig_instrument_open(module.data(), module.size(), &given));
  require(session != nullptr, "no session");
  return session;
}

std::string read_report(wsig_instrumenter* session, uint32_t indent) {
  size_t size = 0;
  const char* const report = wsig_instrument_report(session, indent, 1234, &size);
  require(report && strlen(report) == size && report[0] == '{', "no report");
  return {report, size};
}

void read_complaints(wsig_instrumenter* session) {
  size_t sum = 0;
  for (size_t i = 0; const char* const complaint = wsig_instrument_complaint(session, i); ++i) sum += strlen(complaint);
  require(sum < UINT32_MAX, "complaints without end");
}

std::vector<uint8_t> read_output(wsig_instrumenter* session) {
  size_t size = 0;
  const uint8_t* const output = wsig_instrument_output(session, &size);
  require(output && size >= kHeader, "no output");
  return {output, output + size};
}

// What was instrumented stays as it is. (What was not valid may be refused now: a section may have had more bytes than its
// vector, and the vector has more elements now.)
void check_again(const std::vector<uint8_t>& output) {
  constexpr uint8_t kUsual[kOptions] = {};
  Options options(kUsual);
  const Session session = open(output, options);
  if (wsig_instrument_error(session.get())) return;
  require(wsig_instrument_is_done(session.get()), "the output is not taken for an instrumented module");
  require(wsig_instrument_plan(session.get()) && wsig_instrument_emit(session.get(), nullptr, nullptr),
          "the output is refused");
  require(read_output(session.get()) == output, "the output is changed again");
  read_report(session.get(), 0);
  read_complaints(session.get());
}

// Landings that were not wanted are not there.
void check_landings(wsig_instrumenter* session, Options& options) {
  size_t count = 0;
  const uint32_t* const landings = wsig_instrument_landings(session, &count);
  for (size_t i = 0; i < count; ++i) require(lands(&options, landings[i]), "a landing that was not wanted");
}

void rewrite(const std::vector<uint8_t>& module, Options& options) {
  const Session session = open(module, options);
  wsig_instrumenter* const it = session.get();
  if (options.is_refused()) wsig_instrument_refuses_memory(it);
  const bool is_done = wsig_instrument_is_done(it);
  const bool is_made = wsig_instrument_plan(it) && wsig_instrument_emit(it, nullptr, nullptr);
  const char* const error = wsig_instrument_error(it);
  require(is_made == !error, "an error without a code, or a code without an error");
  require((*wsig_instrument_message(it) != '\0') == !is_made, "an error without a message, or a message without one");
  wsig_instrument_has_names(it);
  if (options.warns()) wsig_instrument_warn(it, "a warning\n\"of the caller's\"");
  size_t size = 1;
  if (!is_made) {
    require(!wsig_instrument_output(it, &size) && size == 0, "an output in spite of an error");
    require(!wsig_instrument_report(it, 0, 0, nullptr), "a report in spite of an error");
    require(!wsig_instrument_complaint(it, 0), "complaints in spite of an error");
    return;
  }
  const std::vector<uint8_t> first = read_output(it);
  const uint32_t* const landings = wsig_instrument_landings(it, &size);
  for (size_t i = 1; i < size; ++i) require(landings[i - 1] < landings[i], "landings are not ascending");
  if (options.emits_again()) {
    require(wsig_instrument_emit(it, lands, &options), "no output with other landings");
    check_landings(it, options);
  }
  read_report(it, options.indent());
  read_complaints(it);
  require(wsig_instrument_emit(it, nullptr, nullptr) && read_output(it) == first, "another output of the same input");
  if (!is_done) check_again(first);
}

// --- changes ----------------------------------------------------------------------------------------------------------

using Bytes = std::vector<uint8_t>;

struct Slice {
  size_t start;
  size_t size;
};

bool read_number(const uint8_t* data, size_t end, size_t& at, size_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (at >= end) return false;
    const uint8_t byte = data[at++];
    value |= static_cast<size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

void write_number(Bytes& out, size_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}

// Parts that are preceded by their sizes, up to `end` or, if that is first, the first one that does not fit.
std::vector<Slice> read_parts(const uint8_t* data, size_t at, size_t end, bool has_id, size_t most) {
  std::vector<Slice> parts;
  while (at < end && parts.size() < most) {
    if (has_id) ++at;
    size_t size = 0;
    if (!read_number(data, end, at, size) || size > end - at) break;
    parts.push_back({at, size});
    at += size;
  }
  return parts;
}

// The content of a part with a change.
Bytes changed(const uint8_t* data, size_t size, size_t room) {
  Bytes bytes(data, data + size);
  bytes.resize(size + room);
  bytes.resize(LLVMFuzzerMutate(bytes.data(), size, bytes.size()));
  return bytes;
}

void append_sized(Bytes& out, const Bytes& content) {
  write_number(out, content.size());
  out.insert(out.end(), content.begin(), content.end());
}

// The code section's content with a change in one function, or with that function once more.
Bytes change_function(const uint8_t* data, size_t start, size_t end, unsigned random, size_t room) {
  size_t at = start;
  size_t count = 0;
  if (!read_number(data, end, at, count)) return changed(data + start, end - start, room);
  const std::vector<Slice> bodies = read_parts(data, at, end, false, count);
  if (bodies.empty()) return changed(data + start, end - start, room);
  const Slice& body = bodies[random % bodies.size()];
  size_t before = body.start;
  while (before > at && before > body.start - 5) {
    // Back over the size: its last byte is less than 0x80, those before it are not.
    --before;
    if (data[before - 1] < 0x80) break;
  }
  Bytes result(data + start, data + before);
  append_sized(result, changed(data + body.start, body.size, room));
  result.insert(result.end(), data + body.start + body.size, data + end);
  return result;
}

// 0: the module is not of a kind that can be changed so.
size_t change_part(uint8_t* data, size_t size, size_t most, unsigned random) {
  if (size < kOptions + kHeader) return 0;
  const std::vector<Slice> sections = read_parts(data, kOptions + kHeader, size, true, SIZE_MAX);
  if (sections.empty()) return 0;
  const Slice& section = sections[random / 4 % sections.size()];
  size_t id = kOptions + kHeader;
  for (const Slice& each : sections) {
    if (each.start == section.start) break;
    id = each.start + each.size;
  }
  const size_t room = most > size + 8 ? most - size - 8 : 0;
  Bytes result(data, data + id + 1);
  const size_t end = section.start + section.size;
  append_sized(result, data[id] == kCodeSection && random / 512 % 8 != 0
                           ? change_function(data, section.start, end, random / 4096, room)
                           : changed(data + section.start, section.size, room));
  result.insert(result.end(), data + end, data + size);
  if (result.size() > most) return 0;
  memcpy(data, result.data(), result.size());
  return result.size();
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  const size_t result = seed % 2 != 0 ? change_part(data, size, most, seed / 2) : 0;
  return result != 0 ? result : LLVMFuzzerMutate(data, size, most);
}

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  __sanitizer_install_malloc_and_free_hooks(count_allocation, count_free);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kOptions) return 0;
  Options options(data);
  // An allocation of its own, so that a read behind it is seen.
  const std::vector<uint8_t> module(data + kOptions, data + size);
  allocated = 0;
  rewrite(module, options);
  require(allocated <= kMemory + kMemoryPerByte * module.size(), "more memory than a module of this size may take");
  return 0;
}
