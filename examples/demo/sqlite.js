// @ts-check
/**
 * SQLite as sql.js has it, by the functions of SQLite's C interface. sql.js's own db.exec() does as well in guard.run(); but by
 * stack switching only wasm can be suspended, so sqlite3_step() has to be called directly.
 */

/** @typedef {import('wasmsig/guard').Limits} Limits */
/** @typedef {(callee: WebAssembly.ExportValue, limits: Limits) => (...args: any[]) => Promise<any>} Enter */
/** @typedef {{columns: string[], rows: string[][], more: boolean}} Result */

const OK = 0;
const ROW = 100;
const DONE = 101;
const POINTER = 4;
/** How many rows of a result are read. */
const MOST = 20;

/** A table in which everything can be counted. */
const BEGIN = `CREATE TABLE t (x);
  WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000) INSERT INTO t SELECT x FROM n`;

/**
 * @param {import('wasmsig/guard').Guard} guard
 * @param {Uint8Array<ArrayBuffer>} program with safe points
 * @param {Enter} enter
 */
export async function openSqlite(guard, program, enter) {
  // @ts-expect-error: it has no types
  const { default: initSqlJs } = await import('sql.js');
  /** @type {WebAssembly.Memory} */ let memory;
  const sql = await initSqlJs({
    /** @type {(imports: WebAssembly.Imports, done: Function) => {}} */
    instantiateWasm(imports, done) {
      guard.instantiate(program, imports).then(({ instance, module }) => {
        memory = /** @type {any} */ (Object.values(instance.exports).find((one) => one instanceof WebAssembly.Memory));
        done(instance, module);
      });
      return {};
    },
  });
  const pointerAt = (/** @type {number} */ address) => new DataView(memory.buffer).getUint32(address, true);
  const binding = (/** @type {string} */ name, /** @type {string} */ result, /** @type {string[]} */ args) =>
    sql.cwrap(`sqlite3_${name}`, result, args);
  const prepare = binding('prepare_v2', 'number', Array(5).fill('number'));
  const nameOf = binding('column_name', 'string', ['number', 'number']);
  const textOf = binding('column_text', 'string', ['number', 'number']);
  const messageOf = binding('errmsg', 'string', ['number']);
  const out = sql._malloc(2 * POINTER);
  binding('open', 'number', ['string', 'number'])(':memory:', out);
  const db = pointerAt(out);

  /** @param {number} code @param {number[]} good */
  const check = (code, ...good) => {
    if (!good.includes(code)) throw new Error(messageOf(db));
    return code;
  };

  /** Runs all statements of a text. @param {string} text @param {Limits} [limits] @returns {Promise<Result>} of the last */
  async function query(text, { timeout = Infinity, ...limits } = {}) {
    const end = performance.now() + timeout;
    const left = () =>
      timeout === Infinity ? limits : { ...limits, timeout: Math.max(0, Math.ceil(end - performance.now())) };
    const copy = sql.stringToNewUTF8(text);
    /** @type {Result} */
    let result = { columns: [], rows: [], more: false };
    try {
      for (let at = copy; new Uint8Array(memory.buffer)[at] !== 0; at = pointerAt(out + POINTER)) {
        check(prepare(db, at, -1, out, out + POINTER), OK);
        const statement = pointerAt(out);
        if (statement !== 0) result = await rowsOf(statement, left); // 0: a comment
      }
    } finally {
      sql._free(copy);
    }
    return result;
  }

  /** @param {number} statement @param {() => Limits} left @returns {Promise<Result>} */
  async function rowsOf(statement, left) {
    try {
      const columns = Array.from({ length: sql._sqlite3_column_count(statement) }, (_, i) => nameOf(statement, i));
      /** @type {string[][]} */
      const rows = [];
      for (;;) {
        const code = check(await enter(sql._sqlite3_step, left())(statement), ROW, DONE);
        if (code === DONE || rows.length === MOST) return { columns, rows, more: code === ROW };
        rows.push(columns.map((_, i) => textOf(statement, i)));
      }
    } finally {
      sql._sqlite3_finalize(statement); // also of one that was ended: the database is as before
    }
  }

  await query(BEGIN);
  return { query };
}
