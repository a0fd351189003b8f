#!/usr/bin/env node
// @ts-check
// npm run demo: the page of examples/demo, served on this machine or written to a folder. Sets up and builds what is missing first.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepare } from './start/prepare.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const HELP = `Usage: npm run demo [-- options]

Serves a page on this machine in which Lua is interrupted, and prints its address.

  --port NUMBER      default: a free one
  --build DIR        writes the page to a folder instead, for any static host. Its file _headers says which headers the host has to send
  --screenshots      takes the pictures of docs/images/ instead (needs Chromium)
  --help`;

function options() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      build: { type: 'string' },
      screenshots: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new RangeError(`--port must be a number from 0 to 65535, not ${values.port}`);
  return { ...values, port };
}

/** @param {ReturnType<typeof options>} values */
async function main({ port, ...values }) {
  if (values.help) return (console.log(HELP), 0);
  const programs = await prepare(ROOT, ['npm']);
  if (!programs) return 1;
  const { build } = await import('./demo/build.mjs');
  if (values.build !== undefined) {
    await build(resolve(values.build), programs.lua);
    return (console.log(`The page is in ${resolve(values.build)}. Send the headers of its file _headers.`), 0);
  }
  const folder = mkdtempSync(join(tmpdir(), 'wasmsig-demo-'));
  try {
    await build(folder, programs.lua);
    const { serve } = await import('./demo/serve.mjs');
    const server = await serve(folder, port);
    try {
      if (values.screenshots)
        await (await import('./demo/screenshots.mjs')).take(server.url, join(ROOT, 'docs/images'));
      else await untilInterrupted(server.url);
    } finally {
      await server.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return 0;
}

/** @param {string} url */
function untilInterrupted(url) {
  console.log(`The page is at ${url} (^C ends this)`);
  return new Promise((resolve) => ['SIGINT', 'SIGTERM'].forEach((signal) => process.once(signal, resolve)));
}

try {
  process.exitCode = await main(options());
} catch (error) {
  const wrongUse = /** @type {any} */ (error).code?.startsWith('ERR_PARSE_ARGS') || error instanceof RangeError;
  console.error(`demo: ${/** @type {Error} */ (error).message}${wrongUse ? ' (see --help)' : ''}`);
  process.exitCode = wrongUse ? 2 : 1;
}
