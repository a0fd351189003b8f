// @ts-check
/** start: what attaching to the host and starting the library adds to a fresh instance of a program that does nothing. */
import { readFileSync } from 'node:fs';
import { program } from '../programs.mjs';
import { addedByLibrary } from '../start_once.js';
import { Runs } from '../stats.mjs';

/** @param {import('../run.mjs').Context} context */
export async function start({ runs, quick, browser }) {
  const [plain, linked] = ['size_0', 'size_1'].map((name) => new WebAssembly.Module(readFileSync(program(name))));
  const found = new Runs();
  const times = quick ? 200 : 2000;
  for (let run = 0; run < runs; run++) {
    found.add('ours', addedByLibrary(plain, linked, times));
    if (browser) found.add('browser', await browser.run('start', { times: Math.min(times, 500) }));
  }
  const {
    ours,
    others: { browser: page },
  } = found.result();
  return {
    id: 'start',
    unit: 'us',
    ours,
    bar: '<= 1 ms',
    met: ours.p50 <= 1000,
    browser: page && browser && { name: browser.name, ours: page, met: page.p50 <= 1000 },
  };
}
