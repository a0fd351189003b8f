// @ts-check
// What there is to test, in the order in which it is made ready.

/**
 * @typedef {object} Stage
 * @property {string[]} sdks     components of toolchains/setup.mjs
 * @property {string[]} presets  that can be built when they are there
 */

/** @type {Stage[]} */
export const stages = [
  {
    sdks: ['native', 'npm', 'node24', 'pkgconf', 'catch2', 'lua', 'spin', 'spec', 'posixtestsuite'],
    presets: ['native'],
  },
  { sdks: ['clang', 'wasi'], presets: ['wasm32-wasip1'] },
  { sdks: ['emscripten', 'chromium'], presets: ['wasm32-emscripten', 'wasm32-emscripten-pthread'] },
  { sdks: ['windows'], presets: ['windows'] },
  { sdks: ['native'], presets: ['native-asan', 'native-tsan'] },
];

export const presets = stages.flatMap((stage) => stage.presets);

/** The target of everything that runs in Node alone. */
export const NODE = 'node';

/** Tests in pages that measure no time. */
const UNTIMED_PAGES = /^(demo|guard|guide|own_module|policy)\.test\.js$/;

/**
 * Its suites; `pattern` is of paths below `folder`. `alone` ones measure time against the whole machine; `builds` ones build much themselves: both run after all builds. `needs`
 * are presets that must be built.
 * @type {{name: string, folder: string, pattern: RegExp, alone?: boolean, builds?: boolean, needs?: string[]}[]}
 */
export const nodeSuites = [
  { name: 'instrument', folder: 'tests/js/instrument', pattern: /\.test\.js$/, needs: ['wasm32-wasip1'] },
  {
    name: 'js',
    folder: 'tests/js',
    pattern: /^(?!instrument\/|signal_module\/).*\.test\.js$/,
    needs: ['wasm32-wasip1'],
  },
  { name: 'signal', folder: 'tests/js/signal_module', pattern: /\.test\.js$/, needs: ['wasm32-wasip1'] },
  { name: 'cli', folder: 'tests/cli', pattern: /\.test\.js$/, alone: true, needs: ['wasm32-wasip1'] },
  { name: 'house', folder: 'tests/house', pattern: /\.test\.js$/ },
  {
    name: 'parity',
    folder: 'tests/judges/parity',
    pattern: /\.test\.js$/,
    builds: true,
    needs: ['native', 'wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread'],
  },
  { name: 'model', folder: 'tests/judges/model', pattern: /\.test\.js$/ },
  { name: 'rewriter', folder: 'tests/judges/rewriter', pattern: /\.test\.js$/, needs: ['wasm32-wasip1'] },
  { name: 'spec', folder: 'tests/judges/spec', pattern: /\.test\.js$/, needs: ['wasm32-wasip1'] },
  {
    name: 'third-party',
    folder: 'tests/judges/third_party',
    pattern: /\.test\.js$/,
    alone: true,
    needs: ['wasm32-wasip1'],
  },
  {
    name: 'conformance',
    folder: 'tests/judges/conformance',
    pattern: /\.test\.js$/,
    builds: true,
    needs: ['native', 'wasm32-wasip1'],
  },
  { name: 'fuzz', folder: 'tests/judges/fuzz', pattern: /\.test\.js$/, builds: true },
  { name: 'cpython', folder: 'tests/judges/cpython', pattern: /\.test\.js$/ },
  {
    name: 'availability',
    folder: 'tests/availability',
    pattern: /\.test\.js$/,
    needs: ['native', 'wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread', 'windows'],
  },
  {
    name: 'package',
    folder: 'tests/package',
    pattern: /\.test\.js$/,
    builds: true,
    needs: ['native', 'wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread', 'windows'],
  },
  {
    name: 'browser',
    folder: 'tests/browser',
    pattern: UNTIMED_PAGES,
    needs: ['wasm32-wasip1', 'wasm32-emscripten'],
  },
  {
    name: 'browser',
    folder: 'tests/browser',
    pattern: new RegExp(`^(?!${UNTIMED_PAGES.source.slice(1)}).*\\.test\\.js$`),
    alone: true,
    needs: ['wasm32-wasip1', 'wasm32-emscripten'],
  },
  {
    name: 'e2e',
    folder: 'tests/e2e',
    pattern: /\.test\.js$/,
    alone: true,
    needs: ['native', 'wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread'],
  },
];
