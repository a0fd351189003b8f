// @ts-check
/** instrument, instrument.large: how long the instrumenter takes, and what memory. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { instrument as rewrite } from '../../js/instrument/index.js';
import { HEADER, leb, section, vector } from '../../tests/support/wasm_binary.js';
import { setup } from '../../toolchains/setup.mjs';
import { ROOT } from '../programs.mjs';
import { exactly, median } from '../stats.mjs';
import { interpreters } from './overhead.mjs';

/** @typedef {import('../run.mjs').Context} Context */

const run = promisify(execFile);
const ONCE = fileURLToPath(new URL('../instrument_once.mjs', import.meta.url));
const NATIVE = join(ROOT, 'build/native/src/instrument/wasmsig-instrument');
const LARGE = 'node_modules/@duckdb/duckdb-wasm/dist/duckdb-eh.wasm';
const NESTED = 20_000;

/** The largest interpreter that there is here. @param {Context} context */
export async function instrument({ say }) {
  const { name, wasm } = interpreters().pop() ?? { name: '', wasm: '' };
  const bytes = readFileSync(wasm);
  const cpython = name === 'CPython';
  if (!cpython)
    say('no CPython for WASI (WASMSIG_CPYTHON names its folder): Lua instead, and the time for 6.3 MB by its rate');
  const seconds = [];
  for (let i = 0; i < 5; i++) {
    const before = performance.now();
    await rewrite(bytes, { memory: 'shared' });
    seconds.push(((performance.now() - before) / 1000) * (cpython ? 1 : 6.3e6 / bytes.length));
  }
  const ours = exactly(median(seconds));
  const met = ours.p50 <= 0.2;
  return {
    id: 'instrument',
    unit: 's',
    ours,
    bar: 'CPython (6.3 MB) <= 0.2 s',
    met,
    parts: { module: cpython ? 'CPython' : 'Lua, scaled to 6.3 MB', bytes: bytes.length },
    ...(met ? {} : { why: `${ours.p50.toFixed(2)} s, the rewriter as wasm` }),
  };
}

/** Processor time of new processes, without validation, which is the engine's. @param {Context} context */
export async function large({ quick, say }) {
  const { packages } = await setup({ only: ['packages'], quiet: true });
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-large-'));
  try {
    const duckdb = join(packages?.folder ?? '', LARGE);
    const nested = join(folder, 'nested.wasm');
    writeFileSync(nested, nestedLoops());
    const times = quick ? 1 : 5;
    /** @type {(how: (file: string) => Promise<Once>, file: string) => Promise<Once>} */
    const middle = async (how, file) => {
      const all = [];
      for (let i = 0; i < times; i++) all.push(await how(file));
      return { seconds: median(all.map(({ seconds }) => seconds)), mb: median(all.map(({ mb }) => mb)) };
    };
    say('DuckDB, 34 MB');
    const native = await middle((file) => natively(file, join(folder, 'result.wasm')), duckdb);
    const wasm = await middle(asWasm, duckdb);
    const loops = await middle(asWasm, nested);
    const met = native.seconds <= 1 && wasm.seconds <= 2 && wasm.mb <= 200 && loops.seconds <= 0.2;
    return {
      id: 'instrument.large',
      unit: 's',
      ours: exactly(wasm.seconds),
      peers: { natively: exactly(native.seconds) },
      bar: 'DuckDB (34 MB) <= 2 s and 200 MB as wasm, 1 s natively; 20,000 nested loops <= 0.2 s',
      met,
      parts: { MB: wasm.mb, 'nested loops': loops.seconds },
      ...(met
        ? {}
        : {
            why: `${wasm.seconds.toFixed(2)} s and ${Math.round(wasm.mb)} MB as wasm, ${native.seconds.toFixed(2)} s natively, nested loops ${loops.seconds.toFixed(2)} s`,
          }),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @typedef {{seconds: number, mb: number}} Once processor time; memory that the process gained, 0: not measured */

/** @param {string} file @returns {Promise<Once>} */
const asWasm = async (file) => JSON.parse((await run(process.execPath, [ONCE, file])).stdout);

/** The shell tells the processor time of its children. @param {string} file @param {string} output @returns {Promise<Once>} */
async function natively(file, output) {
  const script = '"$0" "$1" --runtime injected -o "$2" && times';
  const { stdout } = await run('sh', ['-c', script, NATIVE, file, output]);
  const children = stdout.trimEnd().split('\n').at(-1) ?? '';
  const seconds = [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + 60 * +m + +s, 0);
  return { seconds, mb: 0 };
}

/** A function of loops, each in the one before. */
function nestedLoops() {
  const body = [
    0,
    ...Array.from({ length: NESTED }, () => [0x03, 0x40]).flat(),
    ...Array.from({ length: NESTED }, () => [0x41, 0, 0x0d, 0, 0x0b]).flat(),
    0x0b,
  ];
  const types = section(1, vector([[0x60, 0, 0]]));
  const code = section(10, vector([[...leb(body.length), ...body]]));
  return Uint8Array.from([...HEADER, ...types, ...section(3, vector([[0]])), ...code]);
}
