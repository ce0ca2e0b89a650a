// PackStream, the encoding of Bolt, as primitives: what value a structure means is structures.ts's.
//
// `PackWriter` grows one buffer and can hold many messages, each already chunked: `beginMessage` leaves room for
// the chunk's header and `endMessage` fills it in. `PackReader` checks every bound: damage raises MalformedBytes.
// Strings are written unit by unit while they are ASCII, which is three times faster than asking for UTF-8.

import { assert } from '../base/assert.js';
import { MalformedBytes } from '../base/bytes.js';

const CHUNK_MAX = 0xffff;
const COPY_BELOW = 8 * 1024;
const CAPACITY = 64 * 1024;

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

export class PackWriter {
  #bytes: Buffer;
  /** Of `#bytes`. */
  #view: DataView;
  #at: number;
  #message: number;
  readonly #capacity: number;

  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
    this.#view = viewOf(this.#bytes);
    this.#at = 0;
    this.#message = -1;
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#at;
  }

  #reserve(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) this.#grow(at + size);
    this.#at = at + size;
    return at;
  }

  #grow(size: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(size, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
    this.#view = viewOf(grown);
  }

  /** What was written, whole; the writer starts again empty. The result never changes afterwards. */
  take(): Uint8Array {
    assert(this.#message < 0, 'a message is taken when it is whole');
    const length = this.#at;
    this.#at = 0;
    if (length < COPY_BELOW) return Buffer.from(this.#bytes.subarray(0, length));
    const full = this.#bytes.subarray(0, length);
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(this.#capacity, Math.min(CAPACITY + COPY_BELOW, this.#bytes.length)));
    this.#view = viewOf(this.#bytes);
    return full;
  }

  beginMessage(): void {
    assert(this.#message < 0, 'one message at a time');
    this.#message = this.#reserve(2);
  }

  /**
   * A whole message: a structure whose only field is a list of integers of 32 bits, 15 at most. False, and nothing written, where the list is
   * another one. Most rows of ids, ages and counts are such, and in one step they take half the time.
   */
  integersMessage(tag: number, values: readonly unknown[]): boolean {
    const count = values.length;
    if (count > 15) return false;
    const start = this.#at;
    if (start + 8 + count * 5 > this.#bytes.length) this.#grow(start + 8 + count * 5);
    const view = this.#view;
    let at = start + 5;
    for (let index = 0; index < count; index++) {
      const value = values[index];
      if (typeof value !== 'number' || (value | 0) !== value) return false;
      if (value >= -16 && value <= 0x7f) view.setInt8(at++, value);
      else if (value >= -0x8000 && value <= 0x7fff) {
        // The shortest form is asked for.
        if (value >= -0x80 && value < 0) {
          view.setUint8(at, 0xc8);
          view.setInt8(at + 1, value);
          at += 2;
        } else {
          view.setUint8(at, 0xc9);
          view.setInt16(at + 1, value);
          at += 3;
        }
      } else {
        view.setUint8(at, 0xca);
        view.setInt32(at + 1, value);
        at += 5;
      }
    }
    view.setUint16(start, at - start - 2);
    view.setUint16(start + 2, 0xb100 | tag);
    view.setUint8(start + 4, 0x90 | count);
    view.setUint16(at, 0);
    at += 2;
    this.#at = at;
    return true;
  }

  endMessage() {
    const start = this.#message;
    const size = this.#at - start - 2;
    this.#message = -1;
    const end = this.#reserve(2);
    if (size > CHUNK_MAX) return this.#split(start, size);
    const bytes = this.#bytes;
    bytes[start] = size >> 8;
    bytes[start + 1] = size & 0xff;
    bytes[end] = 0;
    bytes[end + 1] = 0;
  }

  /** Undoes what was written of the message since `beginMessage`. */
  abandonMessage(): void {
    if (this.#message >= 0) this.#at = this.#message;
    this.#message = -1;
  }

  #split(start: number, size: number): void {
    const content = Buffer.from(this.#bytes.subarray(start + 2, start + 2 + size));
    this.#at = start;
    for (let from = 0; from < size; from += CHUNK_MAX) {
      const length = Math.min(CHUNK_MAX, size - from);
      const at = this.#reserve(2 + length);
      this.#bytes.writeUInt16BE(length, at);
      content.copy(this.#bytes, at + 2, from, from + length);
    }
    const end = this.#reserve(2);
    this.#bytes.writeUInt16BE(0, end);
  }

  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  null(): void {
    this.#byte(0xc0);
  }

  boolean(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2);
  }

  /** A canonical INTEGER. */
  integer(value: number | bigint) {
    if (typeof value === 'number' && value >= -16 && value <= 127) return this.#byte(value & 0xff);
    if (typeof value === 'number' && value >= -0x80000000 && value <= 0x7fffffff) return this.#integer32(value);
    const at = this.#reserve(9);
    this.#bytes[at] = 0xcb;
    this.#bytes.writeBigInt64BE(BigInt(value), at + 1);
  }

  #integer32(value: number): void {
    if (value >= -0x80 && value <= 0x7f) {
      const at = this.#reserve(2);
      this.#bytes[at] = 0xc8;
      this.#bytes[at + 1] = value & 0xff;
      return;
    }
    if (value >= -0x8000 && value <= 0x7fff) {
      const at = this.#reserve(3);
      this.#bytes[at] = 0xc9;
      this.#bytes[at + 1] = (value >> 8) & 0xff;
      this.#bytes[at + 2] = value & 0xff;
      return;
    }
    const at = this.#reserve(5);
    const bytes = this.#bytes;
    bytes[at] = 0xca;
    bytes[at + 1] = value >>> 24;
    bytes[at + 2] = (value >>> 16) & 0xff;
    bytes[at + 3] = (value >>> 8) & 0xff;
    bytes[at + 4] = value & 0xff;
  }

  float(value: number): void {
    const at = this.#reserve(9);
    this.#bytes[at] = 0xc1;
    this.#bytes.writeDoubleBE(value, at + 1);
  }

  string(value: string) {
    const length = value.length;
    if (length > 64) return this.#encoded(value);
    const start = this.#at;
    this.#size(length, 0x80, 0xd0);
    const at = this.#reserve(length);
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) {
        this.#at = start;
        return this.#encoded(value);
      }
      bytes[at + index] = unit;
    }
  }

  #encoded(value: string): void {
    const length = Buffer.byteLength(value, 'utf8');
    this.#size(length, 0x80, 0xd0);
    const at = this.#reserve(length);
    this.#bytes.write(value, at, length, 'utf8');
  }

  bytes(value: Uint8Array): void {
    this.#longSize(value.length, 0xcc);
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }

  list(length: number): void {
    this.#size(length, 0x90, 0xd4);
  }

  map(size: number): void {
    this.#size(size, 0xa0, 0xd8);
  }

  structure(tag: number, fieldCount: number): void {
    assert(fieldCount < 16, 'a structure has at most 15 fields');
    const at = this.#reserve(2);
    this.#bytes[at] = 0xb0 | fieldCount;
    this.#bytes[at + 1] = tag;
  }

  #size(size: number, tiny: number, marker: number): void {
    if (size < 16) this.#byte(tiny | size);
    else this.#longSize(size, marker);
  }

  /** `marker` with 8 bits of size, `marker + 1` with 16, `marker + 2` with 32. */
  #longSize(size: number, marker: number): void {
    if (size < 0x100) {
      const at = this.#reserve(2);
      this.#bytes[at] = marker;
      this.#bytes[at + 1] = size;
    } else if (size < 0x10000) {
      const at = this.#reserve(3);
      this.#bytes[at] = marker + 1;
      this.#bytes.writeUInt16BE(size, at + 1);
    } else {
      const at = this.#reserve(5);
      this.#bytes[at] = marker + 2;
      this.#bytes.writeUInt32BE(size, at + 1);
    }
  }
}

export type PackKind = 'null' | 'boolean' | 'integer' | 'float' | 'string' | 'bytes' | 'list' | 'map' | 'structure';

/** Bytes of a string that is looked at one by one, which is quicker than the decoder for short ones. */
const SHORT = 64;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads one whole, dechunked message. */
export class PackReader {
  /** Whether nodes, relationships and paths may come: in answers, not in requests. */
  readonly entities: boolean;
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Uint8Array, entities = true) {
    this.entities = entities;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(size: number): number {
    const at = this.#at;
    if (size > this.#bytes.length - at) throw new MalformedBytes(`PackStream ends after ${this.#bytes.length} bytes, ${at + size} needed`);
    this.#at = at + size;
    return at;
  }

  #marker(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  /** Of the value that comes next. */
  kind(): PackKind {
    const marker = this.#bytes[this.#at];
    if (marker === undefined) throw new MalformedBytes('PackStream ends where a value should begin');
    if (marker < 0x80 || marker >= 0xf0 || (marker >= 0xc8 && marker <= 0xcb)) return 'integer';
    if (marker < 0x90 || (marker >= 0xd0 && marker <= 0xd2)) return 'string';
    if (marker < 0xa0 || (marker >= 0xd4 && marker <= 0xd6)) return 'list';
    if (marker < 0xb0 || (marker >= 0xd8 && marker <= 0xda)) return 'map';
    if (marker < 0xc0) return 'structure';
    if (marker === 0xc0) return 'null';
    if (marker === 0xc1) return 'float';
    if (marker === 0xc2 || marker === 0xc3) return 'boolean';
    if (marker >= 0xcc && marker <= 0xce) return 'bytes';
    throw new MalformedBytes(`unknown PackStream marker 0x${marker.toString(16)}`);
  }

  #expect(kind: PackKind): void {
    const found = this.kind();
    if (found !== kind) throw new MalformedBytes(`${kind} expected in PackStream, ${found} found`);
  }

  null(): null {
    this.#expect('null');
    this.#take(1);
    return null;
  }

  boolean(): boolean {
    this.#expect('boolean');
    return this.#marker() === 0xc3;
  }

  integer(): number | bigint {
    this.#expect('integer');
    const marker = this.#marker();
    if (marker < 0x80) return marker;
    if (marker >= 0xf0) return marker - 0x100;
    if (marker === 0xc8) return this.#bytes.readInt8(this.#take(1));
    if (marker === 0xc9) return this.#bytes.readInt16BE(this.#take(2));
    if (marker === 0xca) return this.#bytes.readInt32BE(this.#take(4));
    const value = this.#bytes.readBigInt64BE(this.#take(8));
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  float(): number {
    this.#expect('float');
    this.#take(1);
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  string(): string {
    this.#expect('string');
    const size = this.#size(0x80, 0xd0);
    const at = this.#take(size);
    if (size <= SHORT && this.#isAscii(at, at + size)) return this.#bytes.toString('latin1', at, at + size);
    try {
      return decoder.decode(this.#bytes.subarray(at, at + size));
    } catch {
      throw new MalformedBytes('a PackStream string that is not UTF-8');
    }
  }

  #isAscii(from: number, to: number): boolean {
    for (let at = from; at < to; at++) if ((this.#bytes[at] as number) > 0x7f) return false;
    return true;
  }

  bytes(): Uint8Array {
    this.#expect('bytes');
    const size = this.#size(-1, 0xcc);
    const at = this.#take(size);
    return this.#bytes.subarray(at, at + size);
  }

  /** Length of a list whose items follow. */
  list(): number {
    this.#expect('list');
    return this.#counted(this.#size(0x90, 0xd4), 1);
  }

  /** Size of a map whose keys and values follow. */
  map(): number {
    this.#expect('map');
    return this.#counted(this.#size(0xa0, 0xd8), 2);
  }

  /** Tag and number of fields of a structure whose fields follow. */
  structure(): { readonly tag: number; readonly fieldCount: number } {
    this.#expect('structure');
    const fieldCount = this.#marker() & 0x0f;
    const tag = this.#marker();
    return { tag, fieldCount: this.#counted(fieldCount, 1) };
  }

  end(): void {
    if (this.remaining !== 0) throw new MalformedBytes(`${this.remaining} bytes too many in a PackStream message`);
  }

  /** A count is refused at once when the bytes that are left cannot hold it. */
  #counted(count: number, bytesEach: number): number {
    if (count * bytesEach > this.remaining) throw new MalformedBytes(`PackStream promises ${count} values in ${this.remaining} bytes`);
    return count;
  }

  #size(tiny: number, base: number): number {
    const marker = this.#marker();
    if (tiny >= 0 && (marker & 0xf0) === tiny) return marker & 0x0f;
    if (marker === base) return this.#bytes[this.#take(1)] as number;
    if (marker === base + 1) return this.#bytes.readUInt16BE(this.#take(2));
    return this.#bytes.readUInt32BE(this.#take(4));
  }
}
