// @ts-check
// Times the programs of one package, as it is and guarded by wasmsig/register, taking turns in one process, and prints the median ratios of processor times.
// Its argument, JSON: {name, folder, first, rounds}; `folder`: with the packages; `first`: 0 or 1, the form that begins.
import { accessTo } from '../../tests/judges/third_party/program.mjs';
import { median } from '../stats.mjs';
import { PACKAGES } from './programs.mjs';

const { name, folder, first, rounds } = JSON.parse(process.argv[2]);
/** Milliseconds, until the optimising compiler, which works beside, has finished. */
const WARM_MS = 1500;

const load = PACKAGES[name];
const access = await accessTo(folder);
const original = await load(access);
await import('../../js/register/register_in_node.js');
const guarded = await load(access);

/** @param {() => unknown} compute microseconds */
function time(compute) {
  const before = process.cpuUsage();
  compute();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** @type {Record<string, number>} */
const ratios = {};
for (const program of Object.keys(original)) {
  const forms = first ? [guarded[program], original[program]] : [original[program], guarded[program]];
  const began = performance.now();
  while (performance.now() - began < WARM_MS) for (const form of forms) form();
  const found = Array.from({ length: rounds }, () => {
    const outer = time(forms[0]);
    const inner = time(forms[1]) + time(forms[1]);
    const both = outer + time(forms[0]);
    return first ? both / inner : inner / both;
  });
  ratios[program] = median(found);
}
process.stdout.write(`${JSON.stringify(ratios)}\n`, () => process.exit());
