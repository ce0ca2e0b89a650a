// Temporal values, points and byte arrays in PackStream, both ways.
//
//   D 44 Date(days)                              t 74 LocalTime(nanoseconds)        T 54 Time(nanoseconds, offset)
//   d 64 LocalDateTime(seconds, nanoseconds)     E 45 Duration(months, days, seconds, nanoseconds)
//   I 49 DateTime(UTC seconds, nanoseconds, offset)      i 69 DateTimeZoneId(UTC seconds, nanoseconds, zone)
//   F 46, f 66 the same with local seconds: Bolt 4.4 without the `utc` patch
//   X 58 Point2D(srid, x, y)                     Y 59 Point3D(srid, x, y, z)

import { MalformedBytes } from '../base/bytes.js';
import { failure } from '../errors/catalogue.js';
import { CypherPoint, systemOf } from '../values/point-type.js';
import { CypherBytes } from '../values/simple-value.js';
import {
  CypherDate,
  type CypherDateTime,
  CypherDuration,
  CypherLocalDateTime,
  CypherLocalTime,
  CypherTime,
  dayAndNanos,
  epochSecondsOf,
  NANOS_PER_DAY,
  NANOS_PER_SECOND,
  type Temporal,
} from '../values/temporal/types.js';
import { atInstant, atLocal, parseZone } from '../values/temporal/zones.js';
import { integerOf, type Value } from '../values/value.js';
import type { PackReader, PackWriter } from './packstream.js';

const DATE = 0x44;
const LOCAL_TIME = 0x74;
const TIME = 0x54;
const LOCAL_DATE_TIME = 0x64;
const DURATION = 0x45;
const DATE_TIME = 0x49;
const DATE_TIME_ZONE = 0x69;
const LEGACY_DATE_TIME = 0x46;
const LEGACY_DATE_TIME_ZONE = 0x66;
const POINT_2D = 0x58;
const POINT_3D = 0x59;

export function writeSimple(writer: PackWriter, value: Temporal | CypherPoint | CypherBytes, utcTimes: boolean): void {
  const structure = (tag: number, ...fields: readonly (number | bigint)[]) => {
    writer.structure(tag, fields.length);
    for (const field of fields) writer.integer(field);
  };
  if (value instanceof CypherBytes) writer.bytes(value.bytes);
  else if (value instanceof CypherPoint) writePoint(writer, value);
  else if (value instanceof CypherDate) structure(DATE, value.epochDay);
  else if (value instanceof CypherLocalTime) structure(LOCAL_TIME, value.nanos);
  else if (value instanceof CypherTime) structure(TIME, value.nanos, value.offset);
  else if (value instanceof CypherDuration) structure(DURATION, value.months, value.days, value.seconds, value.nanos);
  else if (value instanceof CypherLocalDateTime) structure(LOCAL_DATE_TIME, integer(localSeconds(value)), value.nanos % NANOS_PER_SECOND);
  else writeDateTime(writer, value, utcTimes);
}

function writeDateTime(writer: PackWriter, value: CypherDateTime, utcTimes: boolean): void {
  const named = value.zone !== undefined;
  writer.structure(utcTimes ? (named ? DATE_TIME_ZONE : DATE_TIME) : named ? LEGACY_DATE_TIME_ZONE : LEGACY_DATE_TIME, 3);
  writer.integer(integer(utcTimes ? epochSecondsOf(value) : localSeconds(value)));
  writer.integer(value.nanos % NANOS_PER_SECOND);
  if (value.zone === undefined) writer.integer(value.offset);
  else writer.string(value.zone);
}

function writePoint(writer: PackWriter, { srid, x, y, z }: CypherPoint): void {
  writer.structure(z === undefined ? POINT_2D : POINT_3D, z === undefined ? 3 : 4);
  writer.integer(srid);
  for (const coordinate of z === undefined ? [x, y] : [x, y, z]) writer.float(coordinate);
}

function localSeconds({ epochDay, nanos }: CypherLocalDateTime | CypherDateTime): bigint {
  return BigInt(epochDay) * 86_400n + BigInt(Math.floor(nanos / NANOS_PER_SECOND));
}

function integer(value: bigint): number | bigint {
  return integerOf(value) as number | bigint;
}

/** Undefined: the structure is none of these. Its fields follow in `reader`. */
export function readSimple(reader: PackReader, tag: number, fieldCount: number): Value | undefined {
  switch (`${tag} ${fieldCount}`) {
    case `${DATE} 1`:
      return new CypherDate(small(reader));
    case `${LOCAL_TIME} 1`:
      return new CypherLocalTime(within(reader, NANOS_PER_DAY));
    case `${TIME} 2`:
      return new CypherTime(within(reader, NANOS_PER_DAY), small(reader));
    case `${LOCAL_DATE_TIME} 2`: {
      const { epochDay, nanos } = dayAndNanos(BigInt(reader.integer()), within(reader, NANOS_PER_SECOND));
      return new CypherLocalDateTime(epochDay, nanos);
    }
    case `${DURATION} 4`:
      return new CypherDuration(reader.integer(), reader.integer(), reader.integer(), within(reader, NANOS_PER_SECOND));
    case `${DATE_TIME} 3`:
    case `${DATE_TIME_ZONE} 3`:
    case `${LEGACY_DATE_TIME} 3`:
    case `${LEGACY_DATE_TIME_ZONE} 3`:
      return readDateTime(reader, tag);
    case `${POINT_2D} 3`:
    case `${POINT_3D} 4`:
      return readPoint(reader, fieldCount - 1);
    default:
      return undefined;
  }
}

function readDateTime(reader: PackReader, tag: number): CypherDateTime {
  const seconds = BigInt(reader.integer());
  const nanos = within(reader, NANOS_PER_SECOND);
  const zone = tag === DATE_TIME || tag === LEGACY_DATE_TIME ? small(reader) : parseZone(reader.string());
  if (tag === DATE_TIME || tag === DATE_TIME_ZONE) return atInstant(zone, seconds, nanos);
  const local = dayAndNanos(seconds, nanos);
  return atLocal(zone, local.epochDay, local.nanos);
}

function readPoint(reader: PackReader, dimension: number): CypherPoint {
  const system = systemOf(small(reader));
  if (system?.dimension !== dimension) throw failure('argumentError', `A point of ${dimension} dimensions has no such reference system.`);
  return new CypherPoint(system.srid, reader.float(), reader.float(), dimension === 3 ? reader.float() : undefined);
}

function small(reader: PackReader): number {
  const value = reader.integer();
  if (typeof value === 'bigint') throw new MalformedBytes('a temporal value or a point with a number beyond 2^53');
  return value;
}

function within(reader: PackReader, bound: number): number {
  const value = small(reader);
  if (value < 0 || value >= bound) throw failure('argumentError', `A temporal value has ${value} nanoseconds, where 0 to ${bound - 1} are possible.`);
  return value;
}
