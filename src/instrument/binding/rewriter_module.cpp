// The rewriter as a wasm module, for js/instrument. JavaScript calls the functions of wasmsig/instrument.h directly, but those that
// take functions: what they would call it imports.
#include "wasmsig/instrument.h"

#define REWRITER_IMPORT(name) __attribute__((import_module("rewriter"), import_name(name)))
#define REWRITER_EXPORT(name) extern "C" __attribute__((export_name(name)))

REWRITER_IMPORT("skip") bool host_skip(const char* name, size_t length);
REWRITER_IMPORT("lands") bool host_lands(uint32_t function);

// `has_skips`: whether `skip` is called. The strings may be null, and end with NUL bytes.
REWRITER_EXPORT("open")
wsig_instrumenter* open_module(const uint8_t* bytes, size_t size, uint32_t runtime, uint32_t memory,
                               uint32_t maximum_pages, const char* import_module, const char* import_name,
                               bool has_skips, bool prefers_size) {
  wsig_instrument_options options{};
  options.size = sizeof(options);
  options.runtime = static_cast<wsig_instrument_runtime>(runtime);
  options.memory = static_cast<wsig_instrument_memory>(memory);
  options.maximum_pages = maximum_pages;
  options.prefers_size = prefers_size;
  options.import_module = import_module;
  options.import_name = import_name;
  if (has_skips) options.skip = [](void*, const char* name, size_t length) { return host_skip(name, length); };
  return wsig_instrument_open(bytes, size, &options);
}

// `is_asked`: whether `lands` is called.
REWRITER_EXPORT("emit") bool emit_module(wsig_instrumenter* session, bool is_asked) {
  return wsig_instrument_emit(
      session, is_asked ? [](void*, uint32_t function) { return host_lands(function); } : nullptr, nullptr);
}
