#include "instrument/emit/countdown.hpp"

#include "instrument/emit/instructions.hpp"

namespace wasmsig::instrument {
namespace {

constexpr uint8_t kMinusOne = 0x7f;

void subtract_one(Writer& out) { out.op(op::kI32Const, kMinusOne, op::kI32Add); }

// Replaces a local by a bound that it is beyond.
void bound(Writer& out, uint32_t local, uint8_t comparison, int32_t value) {
  with_index(out, op::kLocalGet, local);
  constant(out, value);
  with_index(out, op::kLocalGet, local);
  constant(out, value);
  out.op(comparison, op::kSelect);
  with_index(out, op::kLocalSet, local);
}

// The function $wasmsig_refill.
Writer refill_body(Memory& memory, const Countdown& countdown, uint32_t safe_point) {
  constexpr uint32_t kLeft = 0;
  constexpr uint32_t kRounds = 1;
  Writer out(memory, 96);
  out.op(0x01, 0x02, type::kI32);  // two locals
  with_index(out, op::kGlobalGet, countdown.count);
  with_index(out, op::kGlobalGet, countdown.rounds());
  out.u8(op::kI32Sub);
  with_index(out, op::kLocalTee, kLeft);
  constant(out, 1);
  out.op(op::kI32LtS, op::kIf, type::kVoid);
  with_index(out, op::kCall, safe_point);
  with_index(out, op::kLocalSet, kLeft);
  out.u8(op::kEnd);
  with_index(out, op::kLocalGet, kLeft);
  with_index(out, op::kLocalTee, kRounds);
  with_index(out, op::kGlobalSet, countdown.count);
  bound(out, kRounds, op::kI32GtS, 1);
  bound(out, kRounds, op::kI32LtS, Countdown::kMostRounds);
  with_index(out, op::kLocalGet, kRounds);
  with_index(out, op::kGlobalSet, countdown.rounds());
  with_index(out, op::kLocalGet, kRounds);
  constant(out, 1);
  out.op(op::kI32Add, op::kEnd);
  return out;
}

}  // namespace

CheckForm countdown_form(Memory& memory, const Countdown& countdown) {
  CheckForm form;
  form.wanted = form.wanted_plain = code(memory, [&](Writer& out) {
    with_index(out, op::kGlobalGet, countdown.count);
    constant(out, 1);
    out.op(op::kI32LtS);
  });
  form.passed = code(memory, [&](Writer& out) {
    with_index(out, op::kGlobalGet, countdown.count);
    subtract_one(out);
    with_index(out, op::kGlobalSet, countdown.count);
  });
  form.slow = code(memory, [&](Writer& out) {
    with_index(out, op::kCall, countdown.refill);
    out.op(op::kDrop);
  });
  return form;
}

CheckForm counted_loop_form(Memory& memory, const Countdown& countdown, uint32_t left) {
  CheckForm form;
  form.wanted = form.wanted_plain = code(memory, [&](Writer& out) {
    with_index(out, op::kLocalGet, left);
    subtract_one(out);
    with_index(out, op::kLocalTee, left);
    out.op(op::kI32Eqz);
  });
  form.slow = code(memory, [&](Writer& out) {
    constant(out, 1);
    with_index(out, op::kLocalSet, left);
    with_index(out, op::kCall, countdown.refill);
    with_index(out, op::kLocalSet, left);
  });
  return form;
}

Bytes begin_counting(Memory& memory, const Countdown& countdown, uint32_t left) {
  return code(memory, [&](Writer& out) {
    with_index(out, op::kGlobalGet, countdown.count);
    subtract_one(out);
    with_index(out, op::kLocalTee, left);
    with_index(out, op::kGlobalSet, countdown.count);
    with_index(out, op::kGlobalGet, countdown.rounds());
    constant(out, 1);
    with_index(out, op::kLocalGet, left);
    constant(out, 0);
    out.op(op::kI32GtS, op::kSelect);
    with_index(out, op::kLocalSet, left);
  });
}

void append_countdown(const Countdown& countdown, uint32_t type, uint32_t safe_point, Appended& appended,
                      Writer& code) {
  for (uint32_t i = 0; i < Countdown::kGlobals; ++i)
    appended.add(section::kGlobal).op(type::kI32, 0x01, op::kI32Const, 0x00, op::kEnd);
  appended.add(section::kFunction).u32(type);
  code.name(refill_body(appended.memory(), countdown, safe_point).bytes());
}

}  // namespace wasmsig::instrument
