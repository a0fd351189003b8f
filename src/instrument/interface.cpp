// The C interface (wasmsig/instrument.h).
#include <stdlib.h>
#include <new>

#include "instrument/interface.hpp"

using wasmsig::instrument::Bytes;
using wasmsig::instrument::Lands;
using wasmsig::instrument::Request;
using wasmsig::instrument::Session;

namespace {

constexpr uint32_t kMaxPages = 65536;

// Runs a step. If there is too little memory for it, control comes back here.
template <class Step>
bool run(wsig_instrumenter* of, Step step) {
  auto& context = of->session.context();
  if (!context.ok()) return false;
#ifndef __wasm__
  if (setjmp(context.exhaustion.target) != 0) {
    context.failure = {"internal", {}};
    of->message = "there is not enough memory to instrument this module";
    return false;
  }
#endif
  const bool result = step(of->session);
  if (context.ok()) return result;
  const Bytes text = context.failure.message;
  auto* const message = context.memory.uninitialised<char>(size_t{text.size} + 1);
  memcpy(message, text.data, text.size);
  message[text.size] = '\0';
  of->message = message;
  return false;
}

Bytes copy_of(Session& session, const char* text) {
  wasmsig::instrument::Writer copy(session.context().memory);
  return copy.text(text).bytes();
}

bool read_options(Session& session, const wsig_instrument_options* options, Request& request) {
  if (!options) return true;
  auto& context = session.context();
  // `runtime` and `prefers_size` were added later.
  if (options->size < offsetof(wsig_instrument_options, runtime))
    return context.fail("bad-option", "the options are too small");
  const bool has_runtime = options->size >= offsetof(wsig_instrument_options, prefers_size);
  const bool has_all = options->size >= sizeof(wsig_instrument_options);
  const unsigned runtime = has_runtime ? static_cast<unsigned>(options->runtime) : 0;
  if (runtime > WSIG_INSTRUMENT_RUNTIME_INJECTED)
    return context.fail("bad-option", "runtime must be \"linked\" or \"injected\"");
  const auto memory = static_cast<unsigned>(options->memory);
  if (memory > WSIG_INSTRUMENT_KEEP) return context.fail("bad-option", "memory must be \"shared\" or \"keep\"");
  if (options->maximum_pages > kMaxPages)
    return context.fail("bad-option", "maximumPages must be a whole number from 1 to 65536");
  if (!options->import_module != !options->import_name)
    return context.fail("bad-option", "importMemory must be false or {module, name}");
  request.share = static_cast<Request::Share>(memory);
  request.maximum_pages = options->maximum_pages;
  request.runtime = static_cast<Request::Runtime>(runtime);
  request.prefers_size = has_all && options->prefers_size;
  request.skip = options->skip;
  request.context = options->context;
  if (!options->import_module) return true;
  request.imports_memory = true;
  request.import_module = copy_of(session, options->import_module);
  request.import_name = copy_of(session, options->import_name);
  return true;
}

}  // namespace

extern "C" {

wsig_instrumenter* wsig_instrument_open(const uint8_t* bytes, size_t size, const wsig_instrument_options* options) {
  void* const memory = malloc(sizeof(wsig_instrumenter));
  if (!memory) return nullptr;
  auto* const result = new (memory) wsig_instrumenter;
  run(result, [&](Session& session) {
    Request request;
    if (!read_options(session, options, request)) return false;
    if (size > UINT32_MAX) return session.context().fail("unsupported", "the module is larger than 4 GiB");
    return session.open({bytes, static_cast<uint32_t>(size)}, request);
  });
  return result;
}

void wsig_instrument_close(wsig_instrumenter* session) {
  if (!session) return;
  session->session.release();
  free(session);
}

const char* wsig_instrument_error(const wsig_instrumenter* session) { return session->session.failure().code; }

const char* wsig_instrument_message(const wsig_instrumenter* session) { return session->message; }

bool wsig_instrument_refuses_memory(wsig_instrumenter* session) {
  bool result = false;
  run(session, [&](Session& of) { return result = of.refuse_memories(); });
  return result;
}

bool wsig_instrument_is_done(const wsig_instrumenter* session) {
  return !session->session.failure().code && session->session.is_instrumented_already();
}

bool wsig_instrument_plan(wsig_instrumenter* session) {
  return run(session, [](Session& of) { return of.plan(); });
}

bool wsig_instrument_has_names(const wsig_instrumenter* session) { return session->session.has_names(); }

void wsig_instrument_warn(wsig_instrumenter* session, const char* text) {
  run(session, [&](Session& of) {
    of.add_note(copy_of(of, text));
    return true;
  });
}

bool wsig_instrument_emit(wsig_instrumenter* session, bool (*lands)(void* context, uint32_t function), void* context) {
  return run(session, [&](Session& of) { return of.emit(Lands{lands, context}); });
}

const uint8_t* wsig_instrument_output(const wsig_instrumenter* session, size_t* size) {
  const Bytes output = session->session.failure().code ? Bytes{} : session->session.output();
  *size = output.size;
  return output.data;
}

const uint32_t* wsig_instrument_landings(const wsig_instrumenter* session, size_t* count) {
  *count = session->session.landings().size;
  return session->session.landings().data;
}

const char* wsig_instrument_report(wsig_instrumenter* session, uint32_t indent, uint64_t microseconds, size_t* size) {
  Bytes report;
  run(session, [&](Session& of) {
    if (of.output().empty()) return false;
    report = of.report(indent, microseconds);
    return true;
  });
  if (size) *size = report.size;
  return reinterpret_cast<const char*>(report.data);
}

const char* wsig_instrument_complaint(wsig_instrumenter* session, size_t index) {
  const char* result = nullptr;
  run(session, [&](Session& of) {
    const auto all = of.complaints();
    if (index < all.size) result = reinterpret_cast<const char*>(all[index].data);
    return true;
  });
  return result;
}

}  // extern "C"
