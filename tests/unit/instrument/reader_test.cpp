#include <catch_amalgamated.hpp>

#include "instrument/wasm/reader.hpp"
#include "instrument/wasm/utf8.hpp"
#include "instrument/wasm/writer.hpp"
#include "support.hpp"

namespace wasmsig::instrument::test {

TEST_CASE("a read beyond the end fails, and gives 0 from then on") {
  const Code code{7};
  Reader in = reader(code);
  CHECK(in.u8() == 7);
  CHECK(in.ok());
  CHECK(in.u8() == 0);
  CHECK(in.failed());
  CHECK(in.unreadable().at == 1);
  CHECK(in.u32() == 0);
  CHECK(in.s33() == 0);
  CHECK(in.raw_name().size == 0);
  CHECK(in.done());
}

TEST_CASE("the first failure is the one that counts") {
  const Code code{0x80, 0x80, 0x80, 0x80, 0x80, 1};
  Reader in = reader(code);
  in.u32();
  in.skip(100);
  CHECK(std::string(in.unreadable().what) == "a number is too large");
}

TEST_CASE("numbers of 32 bits have at most five bytes and 32 bits") {
  const auto read = [](const Code& code) {
    Reader in = reader(code);
    const uint32_t value = in.u32();
    return in.ok() ? int64_t{value} : -1;
  };
  CHECK(read({0}) == 0);
  CHECK(read({0x7f}) == 127);
  CHECK(read({0x80, 0x00}) == 0);
  CHECK(read({0xff, 0xff, 0xff, 0xff, 0x0f}) == 0xffffffff);
  CHECK(read({0xff, 0xff, 0xff, 0xff, 0x1f}) == -1);
  CHECK(read({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) == -1);
  CHECK(read({0x80, 0x80}) == -1);
}

TEST_CASE("signed numbers are extended from their last byte") {
  const auto read = [](const Code& code) {
    Reader in = reader(code);
    const int64_t value = in.s33();
    return in.ok() ? value : INT64_MAX;
  };
  CHECK(read({0x7f}) == -1);
  CHECK(read({0x40}) == -64);
  CHECK(read({0xff, 0x00}) == 127);
  CHECK(read({0x80, 0x80, 0x80, 0x80, 0x78}) == INT32_MIN);
  CHECK(read({0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) == INT64_MAX);
}

TEST_CASE("numbers of any size have at most ten bytes") {
  Code code(9, 0x80);
  code.push_back(0);
  Reader in = reader(code);
  in.skip_leb();
  CHECK(in.ok());
  code.insert(code.begin(), 0x80);
  Reader longer = reader(code);
  longer.skip_leb();
  CHECK(longer.failed());
}

TEST_CASE("a name does not reach beyond the end") {
  const Code code{3, 'a', 'b', 'c'};
  Reader in = reader(code);
  CHECK(text(in.raw_name()) == "abc");
  Reader shorter(bytes(code), {0, 3});
  CHECK(shorter.raw_name().size == 0);
  CHECK(shorter.failed());
}

TEST_CASE("types that are not known fail in another way than bytes that are missing") {
  const Code unknown{0x10};
  Reader in = reader(unknown);
  in.skip_value_type();
  CHECK(in.unreadable().kind == Unreadable::kUnknown);
  Scope scope;
  Writer words(scope.context.memory);
  CHECK(text(describe(words, in.unreadable()).bytes()) == "an unknown type (0x10)");
  const Code none;
  Reader empty = reader(none);
  empty.skip_value_type();
  CHECK(empty.unreadable().kind == Unreadable::kInvalid);
}

TEST_CASE("what is written is read again") {
  Scope scope;
  for (const uint32_t value : {0U, 127U, 128U, 16384U, 0x7fffffffU, 0xffffffffU}) {
    Writer out(scope.context.memory);
    out.u32(value);
    out.s32(static_cast<int32_t>(value));
    CHECK(Writer::encoded_size(value) <= out.size());
    Reader in(out.bytes());
    CHECK(in.u32() == value);
    CHECK(static_cast<uint32_t>(in.s33()) == value);
    CHECK(in.done());
  }
}

TEST_CASE("names are decoded with replacement characters, without a byte order mark") {
  Scope scope;
  const auto decode = [&](const std::string& raw) {
    return text(decoded(scope.context.memory,
                        {reinterpret_cast<const uint8_t*>(raw.data()), static_cast<uint32_t>(raw.size())}));
  };
  CHECK(decode("plain") == "plain");
  CHECK(decode("\xef\xbb\xbfmark") == "mark");
  CHECK(decode("\xc3\xa4") == "\xc3\xa4");
  CHECK(decode("\xff") == "\xef\xbf\xbd");
  CHECK(decode("\xe2\x82") == "\xef\xbf\xbd");
  CHECK(decode("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(decode("a\xf0\x90\x80z") == "a\xef\xbf\xbdz");
}

}  // namespace wasmsig::instrument::test
