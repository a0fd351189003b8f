// @ts-check
/** size.signal, size.full, size.js: bytes. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { program, ROOT } from '../programs.mjs';

const KIB = 1024;

/** @param {number} bytes */
const exactly = (bytes) => ({ p50: bytes, p99: bytes });

export async function sizes() {
  const [none, signal, full] = ['size_0', 'size_1', 'size_2'].map((name) => statSync(program(name)).size);
  return [
    { id: 'size.signal', unit: 'bytes', ours: exactly(signal - none), bar: '<= 4 KiB', met: signal - none <= 4 * KIB },
    { id: 'size.full', unit: 'bytes', ours: exactly(full - none), bar: '<= 24 KiB', met: full - none <= 24 * KIB },
  ];
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
  return { id: 'size.js', unit: 'bytes', ours: exactly(bytes), bar: '<= 6 KiB', met: bytes <= 6 * KIB, parts };
}
