// @ts-check
// The rewriter in C++, as the program serve.cpp: the same interface as that in JavaScript.
import { spawn } from 'node:child_process';
import { InstrumentError } from '../../../js/instrument/index.js';
import { engineMessage } from '../../../js/instrument/check_input.js';

/** @typedef {import('../../../js/instrument/index.js').InstrumentOptions} InstrumentOptions */

const MEMORY = { shared: 1, keep: 2 };
const DONE = 0xfffffffe;

export class Native {
  /** @param {string} program the path of serve */
  constructor(program) {
    this.child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    /** @type {Buffer[]} */
    this.chunks = [];
    this.available = 0;
    this.ended = false;
    /** In how many functions a longjmp lands, in the last module. */
    this.landings = 0;
    /** @type {(() => void) | undefined} */
    this.wake = undefined;
    this.child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
      this.chunks.push(chunk);
      this.available += chunk.length;
      this.wake?.();
    });
    this.child.stdin.on('error', () => {});
    this.child.on('exit', () => {
      this.ended = true;
      this.wake?.();
    });
  }

  end() {
    this.child.stdin.end();
  }

  /** @param {number} size @returns {Promise<Buffer>} */
  async read(size) {
    while (this.available < size) {
      if (this.ended) throw new Error('the native rewriter has ended');
      await new Promise((resolve) => (this.wake = () => resolve(undefined)));
    }
    const all = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
    this.chunks = all.length > size ? [all.subarray(size)] : [];
    this.available -= size;
    return all.subarray(0, size);
  }

  async number() {
    return (await this.read(4)).readUInt32LE();
  }

  async bytes() {
    return this.read(await this.number());
  }

  /** @param {number[]} values */
  numbers(...values) {
    const out = Buffer.alloc(values.length * 4);
    values.forEach((value, i) => out.writeUInt32LE(value, i * 4));
    this.child.stdin.write(out);
  }

  /** @param {Uint8Array | string} value */
  text(value) {
    const bytes = Buffer.from(value);
    this.numbers(bytes.length);
    this.child.stdin.write(bytes);
  }

  /** Throws what the session has to say. */
  async check() {
    if ((await this.number()) === 1) return;
    const code = /** @type {any} */ ((await this.bytes()).toString());
    throw new InstrumentError(code, (await this.bytes()).toString());
  }

  /**
   * As instrumentSync(), with names only in `skip`.
   *
   * @param {Uint8Array} bytes
   * @param {InstrumentOptions} [options]
   */
  async instrument(bytes, { memory, maximumPages = 0, importMemory, skip = [], validate = true } = {}) {
    this.numbers(memory ? MEMORY[memory] : 0, maximumPages, importMemory ? 1 : 0);
    this.text(importMemory ? importMemory.module : '');
    this.text(importMemory ? importMemory.name : '');
    this.numbers(validate ? 1 : 0, skip.length);
    for (const each of skip) this.text(String(each));
    this.text(bytes);
    await this.check();
    const isDone = (await this.number()) === 1;
    if (validate && !isDone) {
      const isValid = WebAssembly.validate(/** @type {BufferSource} */ (bytes));
      this.numbers(isValid ? 1 : 0);
      if (!isValid) {
        await this.check();
        throw new InstrumentError(
          'invalid',
          `not a valid wasm module, or one that needs a newer engine: ${engineMessage(bytes)}; ` +
            'build or download it again, or turn the check off (validate: false) if it is meant for another engine',
        );
      }
    }
    await this.check();
    const output = await this.emit(validate && !isDone);
    this.numbers(DONE);
    return { bytes: output, report: JSON.parse((await this.bytes()).toString()) };
  }

  /** @param {boolean} validates */
  async emit(validates) {
    let { landings, output } = await this.output();
    const isValid = () => !validates || WebAssembly.validate(/** @type {BufferSource} */ (output));
    if (landings.length === 0 || isValid()) return output;
    const good = [];
    for (const one of landings) {
      this.numbers(1, one);
      ({ output } = await this.output());
      if (isValid()) good.push(one);
    }
    this.numbers(good.length, ...good);
    ({ landings, output } = await this.output());
    return output;
  }

  async output() {
    await this.check();
    const landings = [];
    for (let count = await this.number(); count > 0; --count) landings.push(await this.number());
    this.landings = landings.length;
    return { landings, output: Uint8Array.from(await this.bytes()) };
  }
}
