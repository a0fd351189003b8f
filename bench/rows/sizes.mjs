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

/** The host for pages: what spawn() loads, the worker's part included; the WASI shim, which is somebody else's, apart. */
export async function sizeJs() {
  const { build } = await import('esbuild');
  const bundle = async (/** @type {string} */ entry) => {
    const { outputFiles } = await build({
      entryPoints: [join(ROOT, entry)], bundle: true, minify: true, format: 'esm', write: false, platform: 'browser', logLevel: 'silent', splitting: true, outdir: 'out',
      external: ['@bjorn3/browser_wasi_shim', './instrument/index.js', '../instrument/index.js', '*/instrument/index.js'],
    });
    return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
  };
  const parts = { page: await bundle('js/browser/index.js'), worker: await bundle('js/browser/worker.js') };
  const ours = parts.page + parts.worker;
  return { id: 'size.js', unit: 'bytes', ours: exactly(ours), bar: '<= 6 KiB', met: ours <= 6 * KIB, parts };
}
