#!/usr/bin/env node
// Runs one wasm test program under the project's own host, as the programs of tests/CMakeLists.txt are started: FILE [ARGUMENT ...].
import { spawn } from '../js/node/index.js';

const [file, ...args] = process.argv.slice(2);
const { code, signal } = await (await spawn(file, { args })).exited;
if (signal) console.error(`${file}: killed by ${signal}`);
process.exitCode = signal ? 1 : code;
