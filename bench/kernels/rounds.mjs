// @ts-check
// One process of measure.mjs: node rounds.mjs FOLDER ROUNDS [unhinted]. Prints the median ratio of each kernel as JSON.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KERNELS } from './build.mjs';
import { ratio } from './ratio.mjs';

const [folder, rounds, hints] = process.argv.slice(2);

/** Processor time: what else runs on the machine does not count. */
function clock() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

console.log(
  JSON.stringify(
    Object.fromEntries(
      KERNELS.map((name) => {
        const [before, after] = ['original', 'instrumented'].map((form) =>
          readFileSync(join(folder, `${name}.${form}.wasm`)),
        );
        return [name, ratio(before, after, Number(rounds), clock, hints === 'unhinted' ? (make) => make() : undefined)];
      }),
    ),
  ),
);
