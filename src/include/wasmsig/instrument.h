/*
 * wasmsig: puts safe points into a WebAssembly module, into its loops and where functions call each other in circles or
 * for long, so that signals reach it while it computes.
 *
 * At a safe point a program that is linked with libwasmsig runs the handlers of its signals. Any other module gets a
 * runtime injected, which asks its embedder: the instrumented module exports the function
 *
 *     wasmsig_set_safe_point (funcref) -> ()
 *
 * The function that is set, () -> i32, is called at the next safe point. Its result is how many safe points may be passed
 * until the next call. A negative one ends the computation by a trap, which no code of the module can catch; an
 * exception that the function throws ends it too, unless the module catches it. After either, the next safe point calls
 * the function again; so does one that is reached while it runs, because it has called the module. Null: no function, as
 * in the beginning; then the module runs as it did before. Each instance of a module has a function of its own, so each
 * thread has.
 *
 * A session has one module. It is opened, planned, and emitted, in this order:
 *
 *     struct wsig_instrumenter* session = wsig_instrument_open(bytes, size, &options);
 *     if (session && wsig_instrument_plan(session) && wsig_instrument_emit(session, NULL, NULL)) {
 *       output = wsig_instrument_output(session, &output_size);
 *       ...
 *     } else {
 *       puts(session ? wsig_instrument_message(session) : "out of memory");
 *     }
 *     wsig_instrument_close(session);
 *
 * It reads and writes the binary format, but does not validate: that is an engine's part. A caller that has an engine
 * validates the module between wsig_instrument_open() and wsig_instrument_plan(), and the output after
 * wsig_instrument_emit(). If the output is not valid, one of the functions that wsig_instrument_landings() lists is the
 * cause: emit again without the landing of each, and then with those alone that were valid.
 *
 * Conventions of this header:
 *
 *  - The same input and options give the same output, on every platform.
 *  - No input makes a function read or write out of bounds, or crash. What is wrong is an error of the session: a code
 *    and a message of one line that says what to do. After an error every function of the session returns false or
 *    nothing. Too little memory is an error too; on wasm it traps.
 *  - `bytes`, and what an output or report points to, are borrowed: see each function.
 *  - Strings are UTF-8. Sizes are in bytes, and no larger than UINT32_MAX.
 *  - Threads: a session may be used by one thread at a time; different sessions, by different threads at once.
 */
#ifndef WASMSIG_INSTRUMENT_H
#define WASMSIG_INSTRUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wasmsig/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What becomes of the program's memory. */
enum wsig_instrument_memory {
  /* WSIG_INSTRUMENT_SHARED, but WSIG_INSTRUMENT_KEEP for a program of the stand-alone library, which has no host that
   * could ring: its checks decrement a counter in every memory. */
  WSIG_INSTRUMENT_DEFAULT = 0,
  /* It becomes shared, and a check is one atomic load of the doorbell. */
  WSIG_INSTRUMENT_SHARED = 1,
  /* It does not change, and a check decrements a counter (if the memory is shared already, it is the load). */
  WSIG_INSTRUMENT_KEEP = 2
};

/* What the module's safe points call. */
enum wsig_instrument_runtime {
  /* WSIG_INSTRUMENT_RUNTIME_LINKED for a module with all of libwasmsig's exports (wasmsig_block, wasmsig_safe_point and
   * wasmsig_deliver); WSIG_INSTRUMENT_RUNTIME_INJECTED for one with none of them and none of its imports. A module with
   * a part of these is an error ("missing-exports"). */
  WSIG_INSTRUMENT_RUNTIME_DEFAULT = 0,
  /* The library, with which the program was linked. Another module is an error. */
  WSIG_INSTRUMENT_RUNTIME_LINKED = 1,
  /* What is injected into the module. A program that was linked with the library is an error. */
  WSIG_INSTRUMENT_RUNTIME_INJECTED = 2
};

struct wsig_instrument_options {
  size_t size; /* sizeof(struct wsig_instrument_options) */
  /* With an injected runtime memories stay as they are: then WSIG_INSTRUMENT_SHARED, `maximum_pages` and `import_module`
   * are errors. */
  enum wsig_instrument_memory memory;
  /* The maximum of a memory that becomes shared, in pages of 64 KiB, from 1 to 65536; a shared memory cannot grow past
   * it. It only ever lowers a maximum of the module's own. 0: 32768 (2 GiB), or the module's minimum if that is more. */
  uint32_t maximum_pages;
  /* The program's memory becomes this import, so that the host creates it. Its data segments are then written into the
   * host's memory whenever the module is instantiated. Exports of the memory stay. Both or none are NULL. */
  const char* import_module;
  const char* import_name;
  /* Whether the function of this name gets no safe points. It is called for the name of every function in the name
   * section and for all its export names, in wsig_instrument_plan(). NULL: none is skipped. */
  bool (*skip)(void* context, const char* name, size_t length);
  void* context;
  enum wsig_instrument_runtime runtime;
  /* The file grows less, and some loops and calls get slower: no loop is unrolled, and no function is copied. */
  bool prefers_size;
};

/* A session. */
struct wsig_instrumenter;

/* Reads the module's sections. `bytes` must not change until the session is closed. `options` may be NULL, and is copied
 * with its strings. Returns NULL only if there is no memory for a session: otherwise the session has to be closed, and
 * may have an error. */
struct wsig_instrumenter* wsig_instrument_open(const uint8_t* bytes, size_t size,
                                               const struct wsig_instrument_options* options);

/* Frees the session, its output and its reports. NULL does nothing. */
void wsig_instrument_close(struct wsig_instrumenter* session);

/* The error's code, one of "bad-option", "not-wasm", "component", "object-file", "invalid", "unsupported", "no-memory",
 * "memory64", "already-instrumented", "missing-exports", "bad-exports", "bad-block", "memory-limits", "internal". NULL:
 * no error. */
const char* wsig_instrument_error(const struct wsig_instrumenter* session);

/* The error's message. Empty: no error. Valid until the session is closed. */
const char* wsig_instrument_message(const struct wsig_instrumenter* session);

/* For a caller whose engine finds the module invalid: whether its memory is of a kind that wasmsig does not support,
 * which then is the session's error. It says more than an engine without multiple memories. Called before
 * wsig_instrument_plan(). */
bool wsig_instrument_refuses_memory(struct wsig_instrumenter* session);

/* Whether the module was instrumented before: then the output is the input, and is there already. */
bool wsig_instrument_is_done(const struct wsig_instrumenter* session);

/* Reads the module and decides where it has safe points. False: the session has an error. */
bool wsig_instrument_plan(struct wsig_instrumenter* session);

/* Whether the module has a name section with names; after wsig_instrument_plan(). */
bool wsig_instrument_has_names(const struct wsig_instrumenter* session);

/* Adds a warning of the caller's to the report, behind those about recursion. */
void wsig_instrument_warn(struct wsig_instrumenter* session, const char* text);

/* Writes the instrumented module. `lands`: whether a longjmp out of a signal handler may land in the function of this
 * index; NULL: wherever it can. It may be called again, which replaces the output. False: the session has an error. */
bool wsig_instrument_emit(struct wsig_instrumenter* session, bool (*lands)(void* context, uint32_t function),
                          void* context);

/* The output. It is valid until the next wsig_instrument_emit(), or until the session is closed. That of a module that
 * was instrumented before is `bytes` itself. NULL: there is none. */
const uint8_t* wsig_instrument_output(const struct wsig_instrumenter* session, size_t* size);

/* The functions in which a longjmp lands in the output, ascending; valid as long as that. */
const uint32_t* wsig_instrument_landings(const struct wsig_instrumenter* session, size_t* count);

/* What was done, as JSON: an InstrumentReport of the JavaScript interface. `indent`: spaces for each level; 0: one line.
 * `microseconds`: how long it took, as the caller has measured it. It ends with a NUL byte that `size` does not count;
 * `size` may be NULL. Valid until the session is closed. NULL: there is no output, or no memory. */
const char* wsig_instrument_report(struct wsig_instrumenter* session, uint32_t indent, uint64_t microseconds,
                                   size_t* size);

/* What the user did not ask for and should know, one line after the other, `index` from 0: the functions that had to be
 * left out, then the report's warnings. Valid until the session is closed. NULL: there are no more, or no memory. */
const char* wsig_instrument_complaint(struct wsig_instrumenter* session, size_t index);

#ifdef __cplusplus
}
#endif

#endif
