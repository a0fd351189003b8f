// @ts-check
// What a page may forbid, and what it must not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMIT, address, browserForTests, skip } from '../support/chromium.js';

const { open } = browserForTests();
const OPTIONS = { ...LIMIT, skip };

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten']) {
  for (const mode of ['shared', 'yielding', 'posted']) {
    test(
      `${preset}: a page with the strict policy of the documentation runs and stops programs, mode ${mode}`,
      OPTIONS,
      async () => {
        const page = await open('strict');
        /** @type {string[]} */
        const complaints = [];
        page.on('console', (message) => complaints.push(message.text()));
        const inline = await page.evaluate(() => {
          const script = document.createElement('script');
          script.textContent = 'globalThis.inline = true';
          document.body.append(script);
          return 'inline' in globalThis;
        });
        assert.equal(inline, false, 'the policy is in force');
        complaints.length = 0;
        const { signal, output } = await page.evaluate(
          async ({ url, mode }) => {
            const { start } = /** @type {any} */ (globalThis).tools;
            const program = start(url, { instrument: true, mode });
            await program.prints('ready\n');
            program.guest.kill(mode === 'posted' ? 'SIGKILL' : 'SIGTERM');
            return program.ends();
          },
          { url: address('default', preset), mode },
        );
        assert.equal(output, 'ready\n');
        assert.equal(signal, mode === 'posted' ? 'SIGKILL' : 'SIGTERM');
        assert.deepEqual(complaints, []);
        await page.close();
      },
    );
  }
}
