// @ts-check
export const packages = ['@electric-sql/pglite'];
export const does = 'a recursive query without end';

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { PGlite } = await use('@electric-sql/pglite');
  const db = await PGlite.create();
  await db.exec('CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2)');
  return {
    smoke: async () => (await db.query('SELECT count(*)::int AS n, sum(x)::int AS s FROM t')).rows,
    long: () =>
      db.query('WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT (x + 1) % 1000000 FROM n) SELECT count(*) FROM n'),
  };
}
