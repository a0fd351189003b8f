// @ts-check
// What the rules of rules.test.js pass over, each with its reason.

/**
 * Files of js/ that are tested by tests at other paths: a path, or a folder that ends with "/".
 * @type {Record<string, string>}
 */
export const testedBy = {
  'js/abi/': 'tests/js/abi/index.test.js', // one table of all of them
  'js/browser/': 'tests/browser/modes.test.js', // needs a page
  'js/cli/': 'tests/cli/main.test.js', // commands are processes
  'js/engine/': 'tests/js/owner/process.test.js', // what the engine has is seen by what works
  'js/guard/': 'tests/js/guard/guard.test.js', // what happens to programs
  'js/guest/': 'tests/js/guest/host_calls.test.js', // a host's calls by programs in wat
  'js/guest/bare.js': 'tests/js/guest/hostile.test.js',
  'js/guest/emscripten_program.js': 'tests/e2e/signals.test.js', // needs Emscripten
  'js/guest/files.js': 'tests/js/guest/wasi_flags.test.js',
  'js/guest/stack_switching.js': 'tests/browser/modes.test.js',
  'js/guest/wasi_imports.js': 'tests/js/guest/wasi_addresses.test.js',
  'js/guest/wasi_program.js': 'tests/js/attach.test.js',
  'js/index.js': 'tests/package/npm.test.js', // the package, installed
  'js/instrument/': 'tests/js/instrument/pipeline.test.js', // the whole rewriter, by what programs do
  'js/link/': 'tests/js/owner/process.test.js',
  'js/link/posted_queue.js': 'tests/browser/posted.test.js',
  'js/node/': 'tests/js/owner/process.test.js', // processes in Node
  'js/node/die.js': 'tests/e2e/outside.test.js',
  'js/node/inherited.js': 'tests/e2e/output.test.js',
  'js/node/timekeeper.js': 'tests/e2e/first_timer.test.js',
  'js/owner/': 'tests/js/owner/process.test.js',
  'js/owner/timekeeping.js': 'tests/e2e/first_timer.test.js',
  'js/register/': 'tests/js/register/registration.test.js',
  'js/signal_module/': 'tests/js/signal_module/signal_module.test.js',
  'js/signals/': 'tests/js/signals/index.test.js',
  'js/terminal/': 'tests/js/terminal/line_discipline.test.js',
};

/**
 * Sources of more than 300 lines.
 * @type {Record<string, string>}
 */
export const long = {
  'examples/embedding/lsignal.c': 'an example is one file that can be copied',
  'js/guard/guard.js': 'one class, which users see',
  'js/guard/safe_points.js': 'one flow over one state: what happens at a safe point',
  'js/guest/files.js': 'the calls of one table of descriptors',
  'js/guest/host_imports.js': 'nine imports, over one state',
  'js/guest/wasi_imports.js': 'the calls of one interface',
  'js/link/inbox.js': 'one class: all that a receiver does with a block',
  'js/link/sending_queue.js': "one class: all that a sender and the guest's agent do with a block",
  'js/owner/process.js': 'one class, which users see',
  'js/signal_module/signal_module.js': 'one class: the functions of one Python module',
  'js/terminal/line_discipline.js': 'one state machine: n_tty of Linux',
  'platform/emscripten/library_wasmsig.js': 'one file for --js-library',
  'platform/fake/fake_host.cpp': 'a whole simulated kernel',
  'platform/posix/posix_platform.cpp': 'one platform is one file',
  'src/include/posix/signal.h': 'the C library has one header for this',
  'src/include/wasmsig/wasmsig.h': 'the public C header',
  'src/include/wasmsig/wasmsig.hpp': 'the public C++ header',
  'toolchains/lib/apt.mjs': 'all that is done with apt',
  'toolchains/setup.mjs': 'one program: its help, its list of components, and the walk over them',
};

/**
 * Names of files that stand more than once, though they are no pair of js/node and js/browser.
 * @type {Record<string, string>}
 */
export const twice = {
  check_interval: 'one policy: in src/process for programs with the library, in js/engine for those without',
  pending: 'the same: docs/rationale.md#why-is-a-guard-not-a-process-of-the-core',
  queue: 'the two sides of one thing: js/link and src/queue',
  process: 'the two sides of one thing: js/owner and src/process',
};

/** Paths that are named and do not exist in a checkout. */
export const elsewhere = [
  /^(build|dist|node_modules)\b/,
  /^js\/(signal_module\/signal_wasm|instrument\/rewriter_wasm)\.js$/, // a build makes them
  /^bench\/(amd|intel)\//, // of docs/
  /^docs\/bench\/VENDOR\//,
  /^bench\/kernels\/runtime\.o$/,
  /^examples\/(lua\/lua|c\/alarm_open)\.wasm$/, // in a build folder
  /^tests\/judges\/parity\/parity$/,
  /^(cmake\/Modules|src\/lua\.c)/, // of others' sources
];
