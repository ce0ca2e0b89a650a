// Property values as bytes: one tag byte, then the payload. Equal values have equal bytes, so the
// form also serves digests (SAFETY 9): NaN has one bit pattern, an INTEGER is canonical by its range.
//
//   0 NULL   1 false   2 true
//   3 INTEGER ≥ 0: varint        4 INTEGER < 0: varint of −1 − n      5 INTEGER beyond ±(2^53 − 1): int64
//   6 FLOAT: float64             7 STRING: length, UTF-8              8 LIST: count, values
//   9 … 31 reserved: points 9, temporal types 10 … 15, byte arrays 16, vectors 17
//
// It knows nothing of maps and entities: they are no property values, and writing one is our mistake.

import { AssertionError, assert } from '../base/assert.js';
import { type ByteReader, type ByteWriter, MalformedBytes } from '../base/bytes.js';
import { limits } from '../base/limits.js';
import { CypherFloat, integerOf, type Value } from '../values/value.js';
import { UnknownFormat } from './unknown-format.js';

const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const INTEGER = 3;
const NEGATIVE_INTEGER = 4;
const LARGE_INTEGER = 5;
const FLOAT = 6;
const STRING = 7;
const LIST = 8;

export function writeValue(writer: ByteWriter, value: Value): void {
  switch (typeof value) {
    case 'boolean':
      writer.byte(value ? TRUE : FALSE);
      return;
    case 'number':
      writer.byte(value < 0 ? NEGATIVE_INTEGER : INTEGER);
      writer.varint(value < 0 ? -1 - value : value + 0);
      return;
    case 'bigint':
      assert(typeof integerOf(value) === 'bigint', 'a bigint is canonical and within 64 bits');
      writer.byte(LARGE_INTEGER);
      writer.int64(value);
      return;
    case 'string':
      writer.byte(STRING);
      writeText(writer, value);
      return;
    default:
      writeObject(writer, value);
      return;
  }
}

function writeObject(writer: ByteWriter, value: Exclude<Value, boolean | number | bigint | string>): void {
  if (value === null) {
    writer.byte(NULL);
    return;
  }
  if (value instanceof CypherFloat) {
    writer.byte(FLOAT);
    // JavaScript may hold NaN with any payload; only this constant goes out.
    writer.float64(Number.isNaN(value.value) ? Number.NaN : value.value);
    return;
  }
  if (!Array.isArray(value)) throw new AssertionError('not a property value');
  writer.byte(LIST);
  writer.varint(value.length);
  for (const item of value as readonly Value[]) writeValue(writer, item);
}

/** Raises MalformedBytes for damage, UnknownFormat for a tag of a later build. */
export function readValue(reader: ByteReader, depth = 0): Value {
  const tag = reader.byte();
  switch (tag) {
    case NULL:
      return null;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case INTEGER:
      return reader.varint();
    case NEGATIVE_INTEGER:
      return -1 - reader.varint();
    case LARGE_INTEGER:
      return reader.int64();
    case FLOAT:
      return new CypherFloat(reader.float64());
    case STRING:
      return readText(reader);
    case LIST:
      return readList(reader, depth + 1);
    default:
      throw new UnknownFormat(`value tag ${tag}`);
  }
}

function readList(reader: ByteReader, depth: number): Value {
  if (depth > limits.valueDepthMax) throw new MalformedBytes('a list nested too deeply');
  const count = reader.varint();
  const items: Value[] = [];
  for (let index = 0; index < count; index++) items.push(readValue(reader, depth));
  return items;
}

// `ignoreBOM`: a string may begin with U+FEFF, which is part of it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const loneSurrogate = /\p{Cs}/u;

/** Text that UTF-8 can hold: each lone surrogate becomes U+FFFD, as it would on the way to another server. */
export function wellFormed(text: string): string {
  return loneSurrogate.test(text) ? text.replace(/\p{Cs}/gu, '\ufffd') : text;
}

/** Every string of our formats. Lone surrogates must be gone by now: the reader would see another string than the writer. */
export function writeText(writer: ByteWriter, text: string): void {
  assert(!loneSurrogate.test(text), 'a stored string has no lone surrogates');
  writer.bytes(encoder.encode(text));
}

export function readText(reader: ByteReader): string {
  const bytes = reader.bytes();
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MalformedBytes('a string that is not UTF-8');
  }
}

/** Hexadecimal text of exactly `byteCount` bytes, stored raw. */
export function writeHex(writer: ByteWriter, text: string, byteCount: number): void {
  assert(text.length === byteCount * 2 && /^[0-9a-f]*$/.test(text), `not ${byteCount} bytes in lower-case hexadecimal: ${text}`);
  writer.raw(Buffer.from(text, 'hex'));
}

export function readHex(reader: ByteReader, byteCount: number): string {
  const bytes = reader.raw(byteCount);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
