// @ts-check
export const packages = ['@duckdb/duckdb-wasm'];
export const does = 'a join of three large ranges';

/** @param {import('../program.mjs').Access} access */
export async function open({ path, load }) {
  const duckdb = load('@duckdb/duckdb-wasm/blocking');
  const main = (/** @type {string} */ kind) => ({
    mainModule: path(`@duckdb/duckdb-wasm/dist/duckdb-${kind}.wasm`),
    mainWorker: '',
  });
  const bundles = { mvp: main('mvp'), eh: main('eh') };
  const db = await duckdb.createDuckDB(bundles, new duckdb.VoidLogger(), duckdb.NODE_RUNTIME);
  await db.instantiate(() => {});
  const connection = db.connect();
  connection.query('CREATE TABLE t AS SELECT range AS x FROM range(1000)');
  return {
    smoke: () => connection.query('SELECT sum(x)::INT AS sum, count(*)::INT AS n FROM t').toArray().map(String),
    long: () =>
      connection.query('SELECT sum(a.range * b.range + c.range) FROM range(100000) a, range(100000) b, range(9) c'),
  };
}
