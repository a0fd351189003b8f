// @ts-check
// Descriptors of processes: one guest holds one of another guest, sends to it, sees it end, and is told what it may not do.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { spawn } from '../../js/node/index.js';
import { SIGHUP, SIGRTMIN, SIGUSR1, SIGUSR2 } from '../../js/signals/table.js';
import { watch } from '../support/watched_guest.js';
import { LIMIT, guest } from '../support/program.js';

const SI_USER = 0,
  SI_QUEUE = -1,
  SI_TIMER = -2,
  SI_TKILL = -6,
  SI_KERNEL = 128;

/**
 * @param {string} preset
 * @param {(pair: {holder: ReturnType<typeof watch>, other: ReturnType<typeof watch>, ask: (line: string, answer: string) => Promise<void>}) => Promise<void>} body
 */
async function withTwo(preset, body) {
  const other = watch(spawn(guest('handlers', preset), { instrument: true, stdout: 'pipe' }));
  const holder = watch(spawn(guest('pidfd', preset), { stdin: 'pipe', stdout: 'pipe', peers: [other.child] }));
  try {
    await other.prints('ready');
    assert.equal(await holder.nextLine(), `ready ${holder.child.pid}`);
    const ask = async (/** @type {string} */ line, /** @type {string} */ answer) => {
      holder.child.stdin?.write(`${line}\n`);
      assert.equal(await holder.nextLine(), answer, line);
    };
    await body({ holder, other, ask });
  } finally {
    await holder.child.close();
    await other.child.close();
  }
}

for (const preset of ['wasm32-wasip1', 'wasm32-emscripten', 'wasm32-emscripten-pthread']) {
  test(
    `${preset}: a guest sends to another through its descriptor, and the other sees the sender and the value`,
    LIMIT,
    () =>
      withTwo(preset, async ({ holder, other, ask }) => {
        const { pid } = holder.child;
        await ask(`open ${other.child.pid}`, 'ok');
        await ask('poll', 'running');
        await ask(`send ${SIGUSR1}`, 'ok');
        await other.prints(`SIGUSR1 code=${SI_USER} pid=${pid} value=0\n`);
        await ask(`info ${SIGUSR2} ${SI_QUEUE} 77`, 'ok');
        await other.prints(`SIGUSR2 code=${SI_QUEUE} pid=${pid} value=77\n`); // the true sender, whatever the siginfo says
      }),
  );

  test(`${preset}: what cannot be sent through a descriptor is an error, and is not sent`, LIMIT, () =>
    withTwo(preset, async ({ other, ask }) => {
      await ask(`open ${other.child.pid}`, 'ok');
      for (const code of [SI_USER, SI_TKILL, SI_KERNEL]) await ask(`info ${SIGUSR1} ${code} 1`, 'EPERM');
      await ask(`info ${SIGUSR1} ${SI_TIMER} 1`, 'EINVAL');
      await ask('send 0', 'ok');
      await ask('send 65', 'EINVAL');
      await ask('send -1', 'EINVAL');
      await ask('close', 'ok');
      await ask(`send ${SIGUSR1}`, 'EBADF');
      await ask('close', 'EBADF');
      other.child.kill('SIGQUIT');
      assert.equal((await other.ends()).code, 0);
      assert.equal(other.output.includes('SIGUSR1'), false);
    }),
  );

  test(
    `${preset}: a guest opens itself, its parent without the right to send, and no process that it was not granted`,
    LIMIT,
    () =>
      withTwo(preset, async ({ other, ask }) => {
        await ask('open 0', 'ok');
        await ask('send 0', 'ok');
        await ask('poll', 'running');
        await ask('open -1', 'ok');
        await ask(`send ${SIGHUP}`, 'EPERM');
        await ask('send 0', 'EPERM');
        await ask('poll', 'running');
        await ask(`open ${other.child.pid + 1000}`, 'ESRCH');
        await ask('send 0', 'EBADF');
      }),
  );

  test(`${preset}: a descriptor tells that its process has ended, and nothing is sent then`, LIMIT, () =>
    withTwo(preset, async ({ holder, other, ask }) => {
      await ask(`open ${other.child.pid}`, 'ok');
      await ask('wait', 'waiting');
      other.child.kill('SIGKILL');
      // Emscripten's poll() does not wait; WASI's is woken by the end itself.
      assert.match(await holder.nextLine(), preset === 'wasm32-wasip1' ? /^ended after 1$/ : /^ended after \d+$/);
      await ask('poll', 'ended');
      await ask(`send ${SIGUSR1}`, 'ESRCH');
      await ask('send 0', 'ESRCH');
      await ask(`info ${SIGRTMIN} ${SI_QUEUE} 1`, 'ESRCH');
      await ask(`info ${SIGRTMIN} ${SI_USER} 1`, 'EPERM'); // as Linux, which looks at that first
      await ask('close', 'ok');
      await ask(`open ${other.child.pid}`, 'ESRCH');
    }),
  );
}

test('a program without descriptors of processes does not import them', LIMIT, () => {
  const imports = (/** @type {string} */ name) =>
    WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(guest(name))))
      .filter(({ module }) => module === 'wasmsig')
      .map((one) => one.name);
  for (const name of ['alarm', 'handlers', 'ends'])
    assert.deepEqual(
      imports(name).filter((one) => one.startsWith('pidfd')),
      [],
      name,
    );
  assert.deepEqual(
    imports('pidfd')
      .filter((one) => one.startsWith('pidfd'))
      .sort(),
    ['pidfd_open', 'pidfd_pid'],
  );
});
