// @ts-check
export const packages = ['sql.js'];
export const does = 'a recursive query without end';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { default: initSqlJs } = await use('sql.js');
  const db = new (await initSqlJs()).Database();
  db.run('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
  return {
    smoke() {
      db.run('INSERT INTO t VALUES (3)');
      const sum = db.exec('SELECT count(*), sum(x), group_concat(x) FROM t');
      db.run('DELETE FROM t WHERE x = 3');
      return [sum, db.exec('PRAGMA integrity_check')];
    },
    long: () => db.exec('WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n'),
  };
}
