// @ts-check
/** size.signal, size.full, size.js: bytes. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { program, ROOT } from '../programs.mjs';
import { exactly } from '../stats.mjs';

const KIB = 1024;

export async function sizes() {
  const [none, signal, full] = ['size_0', 'size_1', 'size_2'].map((name) => statSync(program(name)).size);
  return [row('size.signal', signal - none, 4), row('size.full', full - none, 24)];
}

/** @param {string} id @param {number} bytes @param {number} most KiB @param {Record<string, number>} [parts] */
function row(id, bytes, most, parts) {
  const met = bytes <= most * KIB;
  return { id, unit: 'bytes', ours: exactly(bytes), bar: `<= ${most} KiB`, met, ...(parts ? { parts } : {}), ...(met ? {} : { why: `${bytes - most * KIB} bytes more than the bar` }) };
}

/**
 * The host for pages: what spawn() loads for a WASI program, page and worker together, shared chunks once. Not counted: the WASI shim, which is somebody else's,
 * the instrumenter and the Emscripten part, which are loaded only when they are used.
 */
export async function sizeJs() {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    entryPoints: ['js/browser/index.js', 'js/browser/worker.js'].map((entry) => join(ROOT, entry)),
    bundle: true, minify: true, format: 'esm', write: false, platform: 'browser', logLevel: 'silent', splitting: true, outdir: 'out', metafile: true,
    external: ['@bjorn3/browser_wasi_shim', 'node:*'],
  });
  /** @type {Record<string, number>} */
  const parts = {};
  let bytes = 0;
  for (const [name, { inputs }] of Object.entries(metafile.outputs)) {
    const optional = Object.keys(inputs).some((input) => /instrument\/|emscripten\.js$/.test(input));
    const size = gzipSync(/** @type {import('esbuild').OutputFile} */ (outputFiles.find(({ path }) => path.endsWith(name.replace(/^.*\//, '')))).contents, { level: 9 }).length;
    if (!optional) bytes += size;
    parts[`${optional ? 'not counted: ' : ''}${Object.keys(inputs).map((input) => input.replace(/^.*js\//, '')).join(' ')}`] = size;
  }
  return row('size.js', bytes, 6, parts);
}
