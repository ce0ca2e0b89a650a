// Temporal values, points and byte arrays as bytes, each behind a tag of the table in `value-codec.ts`.
//
//    9 POINT: srid, dimension, coordinates      10 DATE: day                     11 LOCAL TIME: nanoseconds
//   12 ZONED TIME: nanoseconds, offset          13 LOCAL DATETIME: day, nanoseconds
//   14 ZONED DATETIME: day, nanoseconds, offset, name of the zone or nothing     15 DURATION: months, days, seconds, nanoseconds
//   16 BYTES: length, bytes
//
// Days and offsets are signed: an even number for those from 0, an odd one for those below.

import { type ByteReader, type ByteWriter, MalformedBytes } from '../base/bytes.js';
import { CypherPoint, systemOf } from '../values/point-type.js';
import { CypherBytes } from '../values/simple-value.js';
import {
  CypherDate,
  CypherDateTime,
  CypherDuration,
  CypherLocalDateTime,
  CypherLocalTime,
  CypherTime,
  NANOS_PER_DAY,
  NANOS_PER_SECOND,
  type Temporal,
} from '../values/temporal/types.js';
import { readText, writeText } from './text-codec.js';

type Simple = Temporal | CypherPoint | CypherBytes;
/** Of INTEGERs, which `value-codec.ts` writes. */
export interface Integers {
  write(writer: ByteWriter, value: number | bigint): void;
  read(reader: ByteReader): number | bigint;
}

export const POINT = 9;
const DATE = 10;
const LOCAL_TIME = 11;
const TIME = 12;
const LOCAL_DATE_TIME = 13;
const DATE_TIME = 14;
const DURATION = 15;
export const BYTES = 16;

export function writeSimple(writer: ByteWriter, value: Simple, integers: Integers): void {
  if (value instanceof CypherDate) {
    writer.byte(DATE);
    writeSigned(writer, value.epochDay);
  } else if (value instanceof CypherLocalTime) {
    writer.byte(LOCAL_TIME);
    writer.varint(value.nanos);
  } else if (value instanceof CypherTime) {
    writer.byte(TIME);
    writer.varint(value.nanos);
    writeSigned(writer, value.offset);
  } else if (value instanceof CypherLocalDateTime) {
    writer.byte(LOCAL_DATE_TIME);
    writeSigned(writer, value.epochDay);
    writer.varint(value.nanos);
  } else if (value instanceof CypherDateTime) {
    writer.byte(DATE_TIME);
    writeSigned(writer, value.epochDay);
    writer.varint(value.nanos);
    writeSigned(writer, value.offset);
    writeText(writer, value.zone ?? '');
  } else if (value instanceof CypherDuration) {
    writer.byte(DURATION);
    for (const part of [value.months, value.days, value.seconds]) integers.write(writer, part);
    writer.varint(value.nanos);
  } else if (value instanceof CypherPoint) writePoint(writer, value);
  else {
    writer.byte(BYTES);
    writer.bytes(value.bytes);
  }
}

function writePoint(writer: ByteWriter, { srid, x, y, z }: CypherPoint): void {
  writer.byte(POINT);
  writer.varint(srid);
  for (const coordinate of z === undefined ? [x, y] : [x, y, z]) writer.float64(coordinate);
}

/** `tag` is between POINT and BYTES. Raises MalformedBytes for what no writer writes. */
export function readSimple(reader: ByteReader, tag: number, integers: Integers): Simple {
  switch (tag) {
    case POINT:
      return readPoint(reader);
    case DATE:
      return new CypherDate(readSigned(reader));
    case LOCAL_TIME:
      return new CypherLocalTime(readNanos(reader));
    case TIME:
      return new CypherTime(readNanos(reader), readSigned(reader));
    case LOCAL_DATE_TIME:
      return new CypherLocalDateTime(readSigned(reader), readNanos(reader));
    case DATE_TIME: {
      const [day, nanos, offset, zone] = [readSigned(reader), readNanos(reader), readSigned(reader), readText(reader)];
      return zone === '' ? new CypherDateTime(day, nanos, offset) : new CypherDateTime(day, nanos, offset, zone);
    }
    case DURATION: {
      const [months, days, seconds] = [integers.read(reader), integers.read(reader), integers.read(reader)];
      return new CypherDuration(months, days, seconds, below(reader.varint(), NANOS_PER_SECOND));
    }
    default:
      return new CypherBytes(Uint8Array.from(reader.bytes()));
  }
}

function readPoint(reader: ByteReader): CypherPoint {
  const system = systemOf(reader.varint());
  if (system === undefined) throw new MalformedBytes('a point of no reference system');
  const [x, y] = [reader.float64(), reader.float64()];
  return new CypherPoint(system.srid, x, y, system.dimension === 3 ? reader.float64() : undefined);
}

function writeSigned(writer: ByteWriter, value: number): void {
  writer.varint(value < 0 ? -2 * value - 1 : 2 * value);
}

function readSigned(reader: ByteReader): number {
  const value = reader.varint();
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function readNanos(reader: ByteReader): number {
  return below(reader.varint(), NANOS_PER_DAY);
}

function below(value: number, bound: number): number {
  if (value >= bound) throw new MalformedBytes('a time beyond its day, or nanoseconds beyond their second');
  return value;
}
