// @ts-check
import { InstrumentError, UnknownEncoding } from './instrument_error.js';

/**
 * Reads the wasm binary format. Every read is bounded by `end`: reading past it is an InstrumentError, never a wrong
 * value.
 */
export class Reader {
  /**
   * @param {Uint8Array} bytes
   * @param {number} [pos]
   * @param {number} [end]
   */
  constructor(bytes, pos = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  get done() {
    return this.pos >= this.end;
  }

  /** @returns {never} */
  fail(what = 'it ends too early') {
    throw new InstrumentError(
      'invalid',
      `not a valid wasm module: ${what} (at byte ${this.pos}); build or download it again`,
    );
  }

  u8() {
    if (this.pos >= this.end) this.fail();
    return this.bytes[this.pos++];
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32() {
    let byte = this.u8();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    return this.fail('a number is too large');
  }

  /** A signed LEB128 number of at most 33 bits (i32 constants, block types, heap types). */
  s33() {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return byte & 0x40 ? value - 2 ** (shift + 7) : value;
    }
    return this.fail('a number is too large');
  }

  /** Skips one LEB128 number of any size. */
  skipLeb() {
    for (let i = 0; i < 10; ++i) if (this.u8() < 0x80) return;
    this.fail('a number is too large');
  }

  /** @param {number} count */
  skip(count) {
    if (count > this.end - this.pos) this.fail();
    this.pos += count;
  }

  name() {
    const length = this.u32();
    const from = this.pos;
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(from, this.pos));
  }

  /** Skips one value type (or packed storage type). */
  skipValueType() {
    const byte = this.u8();
    if (byte === 0x63 || byte === 0x64)
      this.skipHeapType(); // (ref null? HEAPTYPE)
    else if (!(byte >= 0x7b && byte <= 0x7f) && byte !== 0x78 && byte !== 0x77) abstractHeapType(byte);
  }

  /** Skips a heap type: a type index, or one byte for those that the language defines. */
  skipHeapType() {
    const first = this.bytes[this.pos];
    if (this.s33() < 0) abstractHeapType(first);
  }

  /** Reads the limits of a table or memory. */
  limits() {
    const flags = this.u8();
    const wide = (flags & 4) !== 0;
    const minimum = wide ? (this.skipLeb(), 0) : this.u32();
    const maximum = flags & 1 ? (wide ? (this.skipLeb(), 0) : this.u32()) : undefined;
    if (flags & 8) this.skipLeb(); // custom page size
    return { flags, minimum, maximum };
  }
}

/** @param {number} byte */
function abstractHeapType(byte) {
  if (byte < 0x67 || byte > 0x75) throw new UnknownEncoding(`an unknown type (0x${byte.toString(16)})`);
}

/** A growing byte buffer that writes the wasm binary format. */
export class Writer {
  /** @param {number} [capacity] */
  constructor(capacity = 256) {
    this.buffer = new Uint8Array(Math.max(capacity, 16));
    this.length = 0;
  }

  /** @param {number} more */
  reserve(more) {
    if (this.length + more <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.length + more));
    larger.set(this.buffer.subarray(0, this.length));
    this.buffer = larger;
  }

  /** @param {number} byte */
  u8(byte) {
    this.reserve(1);
    this.buffer[this.length++] = byte;
  }

  /** @param {number} value */
  u32(value) {
    this.reserve(5);
    while (value >= 0x80) {
      this.buffer[this.length++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    this.buffer[this.length++] = value;
  }

  /** @param {number} value a signed 32-bit number, or an unsigned one, whose bits are written */
  s32(value) {
    value |= 0;
    this.reserve(5);
    for (;;) {
      const byte = value & 0x7f;
      value >>= 7;
      if ((value === 0 && !(byte & 0x40)) || (value === -1 && byte & 0x40)) {
        this.buffer[this.length++] = byte;
        return;
      }
      this.buffer[this.length++] = byte | 0x80;
    }
  }

  /** @param {ArrayLike<number>} bytes */
  append(bytes) {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} from
   * @param {number} to
   */
  copy(bytes, from, to) {
    if (to > from) this.append(bytes.subarray(from, to));
  }

  /** @param {string} text */
  name(text) {
    const bytes = new TextEncoder().encode(text);
    this.u32(bytes.length);
    this.append(bytes);
  }

  /** The bytes written so far: a view, valid until the next write. */
  view() {
    return this.buffer.subarray(0, this.length);
  }
}
