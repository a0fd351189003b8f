// @ts-check
/**
 * A time limit for somebody else's program, in Node, Deno or Bun: it gets a second, whatever it does. The program needs no change.
 *
 *     node examples/time_out.mjs program.wasm
 *     deno run --allow-all examples/time_out.mjs program.wasm
 *     bun examples/time_out.mjs program.wasm
 */
import { spawn } from 'wasmsig';

const program = spawn(process.argv[2], { timeout: 1000, killSignal: 'SIGKILL' });
const { code, signal } = await program.exited;
console.log(signal ? `too slow: ${signal}` : `in time: ${code}`);
