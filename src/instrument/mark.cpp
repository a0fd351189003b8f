#include "instrument/mark.hpp"

#include "instrument/json.hpp"
#include "instrument/wasm/utf8.hpp"

namespace wasmsig::instrument {
namespace {

// Reads JSON as ECMAScript's JSON.parse() does, and keeps what a mark has. It uses no recursion.
class MarkReader {
 public:
  MarkReader(Memory& memory, Bytes text) : memory_(memory), text_(text), open_(memory) {}

  // False: it is not JSON, or not a mark of this version.
  bool read(Mark& mark) {
    value();
    while (ok_ && !open_.empty()) next();
    space();
    if (!ok_ || at_ != text_.size || abi_.kind != kInteger || abi_.number != kAbiVersion) return false;
    const bool is_injected = runtime_.kind == kString && equal(runtime_.text, "injected");
    if ((block_.kind != kInteger && !is_injected) || look_.kind != kString) return false;
    if (!equal(look_.text, "shared") && !equal(look_.text, "countdown")) return false;
    mark = {true, equal(look_.text, "countdown"), is_injected, block_.number};
    return true;
  }

 private:
  enum Kind : uint8_t { kOther, kString, kInteger };
  struct Value {
    Kind kind = kOther;
    int64_t number = 0;
    Bytes text;
  };
  // Where an open object or array is.
  enum State : uint8_t { kFirstOfObject, kInObject, kFirstOfArray, kInArray };

  uint8_t peek() const { return at_ < text_.size ? text_[at_] : 0; }
  bool take(char expected) {
    if (at_ >= text_.size || text_[at_] != static_cast<uint8_t>(expected)) return false;
    at_++;
    return true;
  }
  void need(char expected) { ok_ = take(expected) && ok_; }
  void space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') at_++;
  }

  // The next step in the innermost object or array.
  void next() {
    space();
    State& state = open_.last();
    const bool is_object = state == kFirstOfObject || state == kInObject;
    if (take(is_object ? '}' : ']')) {
      open_.pop();
      return;
    }
    if (state == kInObject || state == kInArray) need(',');
    space();
    state = is_object ? kInObject : kInArray;
    if (is_object) key();
    if (ok_) value();
  }

  void key() {
    key_ = string();
    space();
    need(':');
  }

  void value() {
    space();
    const bool is_of_mark = open_.size() == 1 && open_[0] == kInObject;
    const Bytes key = key_;
    Value result;
    switch (peek()) {
      case '{': open(kFirstOfObject); break;
      case '[': open(kFirstOfArray); break;
      case '"': result = {kString, 0, string()}; break;
      case 't': word("true"); break;
      case 'f': word("false"); break;
      case 'n': word("null"); break;
      default: result = number();
    }
    if (is_of_mark) keep(key, result);
  }

  void keep(Bytes key, const Value& value) {
    if (equal(key, "abi")) abi_ = value;
    if (equal(key, "look")) look_ = value;
    if (equal(key, "block")) block_ = value;
    if (equal(key, "runtime")) runtime_ = value;
  }

  void open(State state) {
    at_++;
    open_.push(state);
  }

  void word(const char* expected) {
    for (; *expected; ++expected) need(*expected);
  }

  // A number is taken for an integer only if it is written without an exponent, which those of a mark are.
  Value number() {
    const bool is_negative = take('-');
    const uint32_t start = at_;
    uint64_t value = 0;
    bool is_exact = true;
    while (peek() >= '0' && peek() <= '9') {
      value = value * 10 + (peek() - '0');
      is_exact = is_exact && at_ - start < 15;
      at_++;
    }
    ok_ = ok_ && at_ > start && (text_[start] != '0' || at_ == start + 1);
    if (take('.')) is_exact = zeros() && is_exact;
    if (peek() == 'e' || peek() == 'E') {
      is_exact = false;
      at_++;
      if (!take('+')) take('-');
      digits();
    }
    if (!is_exact) return {};
    const auto number = static_cast<int64_t>(value);
    return {kInteger, is_negative ? -number : number, {}};
  }

  // The digits of a fraction. Whether all are 0.
  bool zeros() {
    const uint32_t start = at_;
    digits();
    for (uint32_t i = start; i < at_; ++i)
      if (text_[i] != '0') return false;
    return true;
  }

  void digits() {
    const uint32_t start = at_;
    while (peek() >= '0' && peek() <= '9') at_++;
    ok_ = ok_ && at_ > start;
  }

  Bytes string() {
    Writer out(memory_, 16);
    need('"');
    while (ok_ && at_ < text_.size && text_[at_] != '"') character(out);
    need('"');
    return out.bytes();
  }

  void character(Writer& out) {
    const uint8_t byte = text_[at_++];
    if (byte < 0x20) ok_ = false;
    if (byte != '\\') return out.u8(byte);
    const uint8_t escape = peek();
    at_++;
    constexpr char kEscapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    for (int i = 0; kEscapes[i]; i += 2)
      if (escape == static_cast<uint8_t>(kEscapes[i])) return out.u8(static_cast<uint8_t>(kEscapes[i + 1]));
    if (escape != 'u') ok_ = false;
    uint32_t point = 0;
    for (int i = 0; i < 4; ++i) point = point << 4 | hexadecimal();
    // Only ASCII can be part of what is looked for.
    out.u8(point < 0x80 ? static_cast<uint8_t>(point) : 0xff);
  }

  uint32_t hexadecimal() {
    const uint8_t digit = peek();
    at_++;
    if (digit >= '0' && digit <= '9') return digit - '0';
    const uint8_t letter = digit | 0x20;
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    ok_ = false;
    return 0;
  }

  Memory& memory_;
  Bytes text_;
  uint32_t at_ = 0;
  bool ok_ = true;
  Bytes key_;
  List<State> open_;
  Value abi_;
  Value look_;
  Value block_;
  Value runtime_;
};

}  // namespace

bool read_mark(Context& context, const Module& module, Mark& mark) {
  for (const Section& section : module.sections) {
    if (section.id != section::kCustom || !equal(section.name, kImportModule)) continue;
    const Bytes text = decoded(context.memory, module.range(section.content));
    if (MarkReader(context.memory, text).read(mark)) return true;
    return context.fail("already-instrumented",
                        "the module is already instrumented, by another version of wasmsig: instrument the linker's "
                        "output instead");
  }
  return true;
}

void write_mark(Writer& out, const Mark& mark, uint32_t safe_points) {
  Json json(out, 0);
  json.begin_object();
  json.key("abi").number(kAbiVersion);
  json.key("look").string(mark.is_countdown ? "countdown" : "shared");
  json.key("safe_points").number(safe_points);
  if (mark.is_injected)
    json.key("runtime").string("injected");
  else
    json.key("block").number(mark.block);
  json.end_object();
}

}  // namespace wasmsig::instrument
