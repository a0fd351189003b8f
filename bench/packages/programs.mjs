// @ts-check
// Packages of npm, and what they compute for overhead.injected: some tenths of a second each.

/** @typedef {import('../../tests/judges/third_party/program.mjs').Access} Access */

/**
 * Of each package a function that loads it, in a new instance each time, and gives its programs.
 * @type {Record<string, (access: Access) => Promise<Record<string, () => unknown>>>}
 */
export const PACKAGES = {
  'sql.js': async ({ use }) => {
    const { default: initSqlJs } = await use('sql.js');
    const db = new (await initSqlJs()).Database();
    db.run('CREATE TABLE t (a INTEGER, b TEXT)');
    db.run(
      'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 40000) INSERT INTO t SELECT x * 7919 % 40009, hex(x) FROM n',
    );
    return {
      count: () =>
        db.exec('WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 200000) SELECT sum(x) FROM n'),
      sort: () => db.exec('SELECT sum(length(b)) FROM (SELECT b FROM t ORDER BY a LIMIT -1)'),
      group: () => db.exec('SELECT count(*) FROM (SELECT substr(b, 1, 3) AS k, sum(a) FROM t GROUP BY k)'),
    };
  },
  'quickjs-emscripten': async ({ use }) => {
    const { newQuickJSWASMModule } = await use('quickjs-emscripten');
    const context = (await newQuickJSWASMModule()).newContext();
    const program = (/** @type {string} */ code) => () => context.unwrapResult(context.evalCode(code)).dispose();
    return {
      loop: program('(() => { let s = 0; for (let i = 0; i < 500000; i++) s = (s + i * 3) | 0; return s; })()'),
      fib: program('(() => { const f = (n) => (n < 2 ? n : f(n - 1) + f(n - 2)); return f(22); })()'),
      strings: program(
        '(() => { const a = []; for (let i = 0; i < 40000; i++) a.push("x" + i); return a.join().length; })()',
      ),
      sort: program(
        '(() => { const a = []; for (let i = 0, x = 1; i < 20000; i++) a.push((x = (x * 1103515245 + 12345) & 0x7fffffff)); return a.sort((p, q) => p - q)[0]; })()',
      ),
    };
  },
  wasmoon: async ({ use }) => {
    const { LuaFactory } = await use('wasmoon');
    const lua = await new LuaFactory().createEngine();
    const program = (/** @type {string} */ code) => () => lua.doStringSync(code);
    return {
      loop: program('local s = 0 for i = 1, 2000000 do s = (s + i * 3) % 65536 end return s'),
      fib: program('local function f(n) if n < 2 then return n end return f(n - 1) + f(n - 2) end return f(24)'),
      tables: program('local t = {} for i = 1, 40000 do t[i] = i * 7919 % 40009 end table.sort(t) return t[1]'),
    };
  },
  pyodide: async ({ use }) => {
    const { loadPyodide } = await use('pyodide');
    const python = await loadPyodide();
    const program = (/** @type {string} */ code) => () => python.runPython(code);
    return {
      loop: program('s = 0\nfor i in range(200000):\n  s = (s + i * 3) & 65535\ns'),
      fib: program('def f(n):\n  return n if n < 2 else f(n - 1) + f(n - 2)\nf(19)'),
      sort: program('sorted([i * 7919 % 40009 for i in range(40000)])[0]'),
    };
  },
};
