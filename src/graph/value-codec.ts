// Property values as bytes: one tag byte, then the payload. Equal values have equal bytes, so the
// form also serves digests (SAFETY 9): NaN has one bit pattern, an INTEGER is canonical by its range.
//
//   0 NULL   1 false   2 true
//   3 INTEGER ≥ 0: varint        4 INTEGER < 0: varint of −1 − n      5 INTEGER beyond ±(2^53 − 1): int64
//   6 FLOAT: float64             7 STRING: length, UTF-8              8 LIST: count, values
//   9 … 16 points, temporal types, byte arrays: `simple-value-codec.ts`      17 … 31 reserved: vectors 17
//
// It knows nothing of maps and entities: they are no property values, and writing one is our mistake.

import { AssertionError, assert } from '../base/assert.js';
import { type ByteReader, type ByteWriter, MalformedBytes } from '../base/bytes.js';
import { limits } from '../base/limits.js';
import { CypherFloat, integerOf, isSimple, type Value } from '../values/value.js';
import { BYTES, type Integers, POINT, readSimple, writeSimple } from './simple-value-codec.js';
import { readText, writeText } from './text-codec.js';
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
  if (isSimple(value)) {
    writeSimple(writer, value, integers);
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
      if (tag >= POINT && tag <= BYTES) return readSimple(reader, tag, integers);
      throw new UnknownFormat(`value tag ${tag}`);
  }
}

const integers: Integers = {
  write: writeValue,
  read: (reader) => {
    const value = readValue(reader);
    if (typeof value === 'number' || typeof value === 'bigint') return value;
    throw new MalformedBytes('a part of a duration that is no integer');
  },
};

function readList(reader: ByteReader, depth: number): Value {
  if (depth > limits.valueDepthMax) throw new MalformedBytes('a list nested too deeply');
  const count = reader.varint();
  const items: Value[] = [];
  for (let index = 0; index < count; index++) items.push(readValue(reader, depth));
  return items;
}
