// @ts-check
export const packages = ['@electric-sql/pglite'];
export const oneGuard = true;
export const does = 'a recursive query without end';
export const known = {
  usable: 'PGlite hangs after an error that is not of PostgreSQL: set its cancel flag in a handler',
};

/** @param {import('../program.mjs').Access} access */
export async function open({ use }) {
  const { PGlite } = await use('@electric-sql/pglite');
  const db = await PGlite.create();
  await db.exec('CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2)');
  const { Module } = db;
  return {
    smoke: async () => (await db.query('SELECT count(*)::int AS n, sum(x)::int AS s FROM t')).rows,
    long: () =>
      db.query('WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT (x + 1) % 1000000 FROM n) SELECT count(*) FROM n'),
    handle: (/** @type {any} */ guard) =>
      guard.on('SIGINT', () => {
        for (const flag of [Module._QueryCancelPending, Module._InterruptPending]) Module.HEAPU8[flag] = 1;
      }),
  };
}
