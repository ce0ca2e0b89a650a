// The order of temporal values of one type. Points go by the instant, then by the offset, then by the zone; durations, which have no
// order in `<`, by their average length for ORDER BY.

import { SECONDS_PER_MONTH } from './duration.js';
import {
  CypherDate,
  CypherDateTime,
  type CypherDuration,
  CypherLocalDateTime,
  CypherLocalTime,
  CypherTime,
  EPOCH_DAY_MIN,
  type Instantaneous,
  NANOS_PER_SECOND,
  type Temporal,
} from './types.js';

/** Negative, 0 or positive; 0 exactly for equal values. Both are of one type. */
export function compareTemporal(a: Temporal, b: Temporal): number {
  if (a instanceof CypherDate) return a.epochDay - (b as CypherDate).epochDay;
  if (a instanceof CypherLocalTime) return a.nanos - (b as CypherLocalTime).nanos;
  if (a instanceof CypherLocalDateTime) return compareLocal(a, b as CypherLocalDateTime);
  if (a instanceof CypherTime) return compareTimes(a, b as CypherTime);
  if (a instanceof CypherDateTime) return compareDateTimes(a, b as CypherDateTime);
  return compareDurations(a, b as CypherDuration);
}

export function sameTemporalType(a: Temporal, b: Temporal): boolean {
  return a.constructor === b.constructor;
}

const OFFSET_MAX = 18 * 3600;

/** The first in the order of its type. */
export function leastTemporal(like: Instantaneous): Instantaneous {
  if (like instanceof CypherDate) return new CypherDate(EPOCH_DAY_MIN);
  if (like instanceof CypherLocalTime) return new CypherLocalTime(0);
  if (like instanceof CypherTime) return new CypherTime(0, OFFSET_MAX);
  if (like instanceof CypherLocalDateTime) return new CypherLocalDateTime(EPOCH_DAY_MIN, 0);
  return new CypherDateTime(EPOCH_DAY_MIN, 0, OFFSET_MAX);
}

function compareLocal(a: CypherLocalDateTime, b: CypherLocalDateTime): number {
  return a.epochDay - b.epochDay || a.nanos - b.nanos;
}

function compareTimes(a: CypherTime, b: CypherTime): number {
  const instant = (time: CypherTime) => time.nanos - time.offset * NANOS_PER_SECOND;
  return instant(a) - instant(b) || a.offset - b.offset;
}

function compareDateTimes(a: CypherDateTime, b: CypherDateTime): number {
  // Days and offsets are small enough to be told apart in doubles.
  const seconds = (value: CypherDateTime) => value.epochDay * 86_400 + Math.floor(value.nanos / NANOS_PER_SECOND) - value.offset;
  const [left, right] = [seconds(a), seconds(b)];
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    if (left !== right) return left - right;
  } else {
    const exact = (value: CypherDateTime) => BigInt(value.epochDay) * 86_400n + BigInt(Math.floor(value.nanos / NANOS_PER_SECOND) - value.offset);
    const difference = exact(a) - exact(b);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  const nanos = (a.nanos % NANOS_PER_SECOND) - (b.nanos % NANOS_PER_SECOND);
  if (nanos !== 0) return nanos;
  if (a.offset !== b.offset) return a.offset - b.offset;
  const [one, other] = [a.zone ?? '', b.zone ?? ''];
  return one === other ? 0 : one < other ? -1 : 1;
}

function compareDurations(a: CypherDuration, b: CypherDuration): number {
  const average = ({ months, days, seconds, nanos }: CypherDuration) =>
    (BigInt(months) * BigInt(SECONDS_PER_MONTH) + BigInt(days) * 86_400n + BigInt(seconds)) * BigInt(NANOS_PER_SECOND) + BigInt(nanos);
  const parts = [average(a) - average(b), BigInt(a.months) - BigInt(b.months), BigInt(a.days) - BigInt(b.days)];
  const difference = parts.find((part) => part !== 0n) ?? 0n;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
