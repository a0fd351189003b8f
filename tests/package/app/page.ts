// What a TypeScript program of a page writes. Only compiled: the types are the test.
import { capabilities, features, instrument, spawn } from 'wasmsig';
import type { BrowserProcess, Exit, SpawnOptions } from 'wasmsig';
import { create } from 'wasmsig/signal';

const options: SpawnOptions = { instrument: true, mode: 'yielding', stdout: (bytes) => console.log(bytes.byteLength) };
export const guest: BrowserProcess = spawn('program.wasm', options);
guest.addEventListener('delivery', (event) => console.log(event.signal, event.latency));

export async function stop(): Promise<Exit> {
  const piped = spawn(fetch('program.wasm'), { stdin: 'pipe', stdout: 'pipe' });
  const writer = piped.stdin.getWriter();
  await writer.write('text\n');
  for (const reader = piped.stdout.getReader(); ; ) {
    const { value, done } = await reader.read();
    if (done) break;
    console.log(value.byteLength);
  }
  piped.kill('SIGINT');
  return piped.exited;
}

export const mode: string = capabilities().mode;
export { create, features, instrument };

// @ts-expect-error: folders of the host are Node's
spawn('program.wasm', { dirs: { '/': '/home' } });
