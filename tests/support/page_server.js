// @ts-check
// A static server of the checkout, or of another folder. /isolated/... is the same as /plain/... with the headers that give a page shared memory, /strict/... has a strict
// content security policy besides. It does one thing that otherwise a bundler does: workers have no import maps, so names of packages become paths.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { ROOT } from './program.js';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
/** The policy of docs/platforms.md. */
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'";
/** @type {Record<string, Record<string, string>>} */
const HEADERS = { isolated: ISOLATION, plain: {}, strict: { ...ISOLATION, 'Content-Security-Policy': POLICY } };

const PACKAGES = { '@bjorn3/browser_wasi_shim': 'node_modules/@bjorn3/browser_wasi_shim/dist/index.js' };

/** @param {string} [root] @returns {Promise<{url: string, close: () => Promise<void>}>} */
export async function serve(root = ROOT) {
  const server = createServer(async ({ url = '/' }, response) => {
    const [, kind, ...path] = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)).split('/');
    const file = join(root, ...path);
    if (kind === 'favicon.ico') return void response.writeHead(204).end(); // a browser asks for it now and then
    try {
      let body = await readFile(file);
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      if (type === TYPES['.js']) body = Buffer.from(resolvePackages(body.toString(), `/${kind}`));
      response.writeHead(200, { 'Content-Type': type, ...HEADERS[kind] });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** @param {string} text @param {string} root */
function resolvePackages(text, root) {
  for (const [name, path] of Object.entries(PACKAGES))
    text = text.replaceAll(`from '${name}'`, `from '${root}/${path}'`);
  return text;
}
