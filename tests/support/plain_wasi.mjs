// @ts-check
// A WASI host that knows nothing of wasmsig: FILE [ARGUMENT ...].
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';

const [file, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [file, ...args], returnOnExit: true });
const { instance } = await WebAssembly.instantiate(readFileSync(file), /** @type {any} */ (wasi.getImportObject()));
process.exitCode = wasi.start(instance);
