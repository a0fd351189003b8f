// @ts-check
export const packages = ['@sqlite.org/sqlite-wasm'];
export const does = 'a recursive query without end';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { default: init } = await use('@sqlite.org/sqlite-wasm');
  const sqlite3 = await init({ print() {}, printErr() {} });
  const db = new sqlite3.oo1.DB(':memory:');
  db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
  const ask = (/** @type {string} */ sql) => db.exec(sql, { returnValue: 'resultRows' });
  return {
    smoke() {
      db.exec('INSERT INTO t VALUES (3)');
      const sum = ask('SELECT count(*), sum(x), group_concat(x) FROM t');
      db.exec('DELETE FROM t WHERE x = 3');
      return [sum, ask('PRAGMA integrity_check')];
    },
    long: () => ask('WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n'),
  };
}
