// What a bundler is given: starts a program, stops its computation, and tells the test.
import { spawn } from 'wasmsig';

const guest = spawn('program.wasm', {
  instrument: true,
  stdout: (bytes) => {
    output += new TextDecoder().decode(bytes);
    if (output === 'ready\n') guest.kill('SIGINT');
    if (output.endsWith('value=0\n')) guest.kill('SIGQUIT');
  },
});
let output = '';
guest.exited.then(
  ({ code, signal }) => Object.assign(globalThis, { result: { code, signal, output } }),
  (error) => Object.assign(globalThis, { result: { error: String(error) } }),
);
