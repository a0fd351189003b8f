#include "instrument/emit/check_form.hpp"

#include "instrument/emit/instructions.hpp"

namespace wasmsig::instrument {
namespace {

struct Load {
  uint8_t opcode[2];
  uint8_t size;   // of the opcode
  uint8_t align;  // as a power of two
};
constexpr Load kAtomicLoad = {{op::kPrefixAtomic, 0x10}, 2, 2};
constexpr Load kAtomicLoadByte = {{op::kPrefixAtomic, 0x12}, 2, 0};
constexpr Load kPlainLoad = {{op::kI32Load}, 1, 2};

void load(Writer& out, Word word, const Load& instruction) {
  out.op(op::kI32Const);
  out.s32(static_cast<int32_t>(word.address));
  out.append({instruction.opcode, instruction.size});
  out.u8(word.memory == 0 ? instruction.align : instruction.align | 0x40);  // bit 6: an index follows
  if (word.memory != 0) out.u32(word.memory);
  out.u8(0);
}

}  // namespace

CheckForm shared_form(Memory& memory, Word doorbell, uint32_t safe_point) {
  CheckForm form;
  form.wanted = code(memory, [&](Writer& out) { load(out, doorbell, kAtomicLoadByte); });
  form.wanted_plain = code(memory, [&](Writer& out) { load(out, doorbell, kPlainLoad); });
  form.slow = code(memory, [&](Writer& out) {
    with_index(out, op::kCall, safe_point);
    out.op(op::kDrop);
  });
  return form;
}

CheckForm threaded_form(Memory& memory, Word doorbell, uint32_t global, uint32_t safe_point) {
  const auto changed = [&](const Load& instruction) {
    return code(memory, [&](Writer& out) {
      load(out, doorbell, instruction);
      with_index(out, op::kGlobalGet, global);
      out.op(op::kI32Ne);
    });
  };
  CheckForm form;
  form.wanted = changed(kAtomicLoad);
  form.wanted_plain = changed(kPlainLoad);
  form.slow = code(memory, [&](Writer& out) {
    with_index(out, op::kCall, safe_point);
    with_index(out, op::kGlobalSet, global);
  });
  return form;
}

CheckForm asyncified_form(Memory& memory, const CheckForm& form, uint32_t state) {
  const auto running = [&](Bytes wanted) {
    return code(memory, [&](Writer& out) {
      // not (unwanted or another state)
      out.append(wanted);
      out.op(op::kI32Eqz);
      with_index(out, op::kGlobalGet, state);
      out.op(op::kI32Or, op::kI32Eqz);
    });
  };
  CheckForm result;
  result.wanted = running(form.wanted);
  result.wanted_plain = running(form.wanted_plain);
  // Nothing is subtracted in another state: the count may be 0.
  if (!form.passed.empty())
    result.passed = code(memory, [&](Writer& out) {
      with_index(out, op::kGlobalGet, state);
      out.op(op::kI32Eqz, op::kIf, type::kVoid);
      out.append(form.passed);
      out.op(op::kEnd);
    });
  result.slow = code(memory, [&](Writer& out) {
    out.append(form.slow);
    with_index(out, op::kGlobalGet, state);
    out.op(op::kIf, type::kVoid, op::kUnreachable, op::kEnd);
  });
  return result;
}

}  // namespace wasmsig::instrument
