#include "instrument/context.hpp"

namespace wasmsig::instrument {

bool Context::fail(const char* code, Bytes message) {
  if (!ok()) return false;
  Writer copy(memory, message.size);
  failure = {code, copy.text(message).bytes()};
  return false;
}

bool Context::check(const Reader& reader) {
  const Unreadable& what = reader.unreadable();
  if (reader.ok()) return true;
  Writer text(memory, 160);
  if (what.kind == Unreadable::kInvalid) {
    text.text("not a valid wasm module: ").text(what.what).text(" (at byte ").decimal(what.at);
    return fail("invalid", text.text("); build or download it again").bytes());
  }
  describe(text.text("the module has "), what);
  text.text(" outside of its functions: this version of wasmsig does not know that wasm feature; build without it");
  return fail("unsupported", text.bytes());
}

Writer& describe(Writer& out, const Unreadable& what) {
  out.text(what.what);
  if (what.what[strlen(what.what) - 1] != '(') return out;
  if (what.digits > 0)
    out.text("0x").hexadecimal(what.number, what.digits);
  else
    out.decimal(what.number);
  if (what.prefixed) out.text(" ").decimal(what.second);
  return out.text(")");
}

}  // namespace wasmsig::instrument
