// @ts-check
/** Instruments a file once, in a process of its own: what that took. */
import { readFileSync } from 'node:fs';
import { instrumentSync } from '../js/instrument/index.js';

const MICRO = 1e-6;

const bytes = new Uint8Array(readFileSync(process.argv[2]));
const memory = process.memoryUsage.rss();
const began = process.cpuUsage();
instrumentSync(bytes, { runtime: 'injected', validate: false });
const { user, system } = process.cpuUsage(began);
const mb = (process.resourceUsage().maxRSS * 1024 - memory) * MICRO;
console.log(JSON.stringify({ seconds: (user + system) * MICRO, mb }));
