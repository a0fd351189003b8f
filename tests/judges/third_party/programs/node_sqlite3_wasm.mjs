// @ts-check
export const packages = ['node-sqlite3-wasm'];
export const does = 'a recursive query without end';

/** @param {import('../program.mjs').Access} access */
export async function open({ load }) {
  const { Database } = load('node-sqlite3-wasm');
  const db = new Database();
  db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
  return {
    smoke() {
      db.run('INSERT INTO t VALUES (3)');
      const sum = db.all('SELECT count(*), sum(x), group_concat(x) FROM t');
      db.run('DELETE FROM t WHERE x = 3');
      return [sum, db.all('PRAGMA integrity_check')];
    },
    long: () => db.all('WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n'),
  };
}
