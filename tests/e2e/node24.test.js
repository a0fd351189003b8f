// @ts-check
// The parts in which Node's versions may differ (workers, node:wasi, waits, streams, terminals), once more in Node 24.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { cacheFolder } from '../../toolchains/lib/cache.mjs';
import { locate } from '../../toolchains/sdk/node24.mjs';
import { ROOT } from '../support/program.js';

const FILES = [
  'tests/js/owner/process.test.js',
  'tests/js/link/queue.test.js',
  'tests/js/node/forward.test.js',
  'tests/cli/main.test.js',
  'tests/js/signal_module/signal_module.test.js',
  'tests/js/signal_module/node.test.js',
  'tests/e2e/signals.test.js',
  'tests/e2e/wake.test.js',
  'tests/e2e/repl.test.js',
  'tests/e2e/tty.test.js',
  'tests/js/instrument/features.test.js',
  'tests/js/guard/guard.test.js',
  'tests/js/guard/signals.test.js',
  'tests/js/guard/suspending.test.js',
];

const newer = locate({ cache: cacheFolder(), env: process.env });
const skip = !newer && 'no Node 24: run toolchains/setup.mjs --only node24, or set NODE24';

describe('Node 24', { concurrency: 2 }, () => {
  for (const file of FILES) {
    // Not by --test: with that Node 24 writes a report into the folder for each SIGUSR2.
    test(file, { timeout: 180_000, skip }, async () => {
      const { NODE_TEST_CONTEXT, ...env } = process.env; // or it would report to this run's runner instead
      const { code, output } = await new Promise((resolve) => {
        execFile(
          /** @type {{executable: string}} */ (newer).executable,
          ['--no-warnings', '--test-reporter=tap', file],
          { cwd: ROOT, env, timeout: 170_000, maxBuffer: 1 << 26 },
          (error, stdout, stderr) => {
            resolve({ code: error?.code ?? 0, output: stdout + stderr });
          },
        );
      });
      assert.equal(code, 0, output);
      assert.match(output, /^# pass [1-9]/m);
      assert.match(output, /^# fail 0$/m);
    });
  }
});
