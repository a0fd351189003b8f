// What a TypeScript program of Node writes. Only compiled: the types are the test.
import { WasmsigError, capabilities, forward, instrument, spawn, strsignal } from 'wasmsig';
import type { Exit, Handle, InstrumentReport, NodeProcess, SpawnOptions } from 'wasmsig';
import { InstrumentError } from 'wasmsig/instrument';
import { Sender } from 'wasmsig/sender';
import signal, { ItimerError, create } from 'wasmsig/signal';
import { readFile } from 'node:fs/promises';

const options: SpawnOptions = {
  args: ['-v'],
  env: { HOME: '/' },
  timeout: 1000,
  killSignal: 'SIGINT',
  signal: AbortSignal.timeout(5000),
};
export const plain: NodeProcess = spawn('program.wasm', options);

export async function stop(): Promise<string> {
  await using guest = spawn(new URL('program.wasm', import.meta.url), { instrument: true, stdout: 'pipe' });
  guest.stdout.setEncoding('utf8').on('data', (text: string) => text.length);
  // It was not asked for.
  guest.stderr?.resume();
  guest.addEventListener('delivery', (event) =>
    console.log(event.signal, event.signo.toFixed(), event.latency?.toFixed(1)),
  );
  using bound = forward(guest, ['SIGINT', 'SIGTERM']);
  bound.close();
  const sent: boolean = guest.kill('SIGRTMIN+1', { value: 7 });
  const handle: Handle = guest.handle();
  Sender.from(handle).kill(15);
  const { code, signal: name }: Exit = await guest.exited;
  return name === null ? `exit code ${code}, ${sent}` : strsignal(name);
}

export async function rewrite(): Promise<InstrumentReport | undefined> {
  try {
    const { bytes, report } = await instrument(await readFile('program.wasm'), { memory: 'keep', skip: [/^malloc/] });
    await WebAssembly.compile(bytes);
    return report;
  } catch (error) {
    if (error instanceof InstrumentError) console.error(error.code);
    else if (error instanceof WasmsigError) console.error(error.code);
    return undefined;
  }
}

signal.signal(signal.SIGALRM, (signum) => console.log(signum));
const extended = create({ edition: 'extended' });
extended.setitimer(extended.ITIMER_REAL, 0.5);
export { ItimerError, capabilities };

// @ts-expect-error: no such option
spawn('program.wasm', { timeOut: 5 });
// @ts-expect-error: neither a number nor a name
plain.kill(null);
// @ts-expect-error: it may be null
spawn('program.wasm', options).stdout.resume();
