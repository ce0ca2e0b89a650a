// The temporal values, as Neo4j has them: fields that are canonical, so that equal values have equal fields. Days count from
// 1970-01-01, nanoseconds from midnight; a date-time's are local, and its offset says where.

import { failure } from '../../errors/catalogue.js';
import { SimpleValue } from '../simple-value.js';
import { calendarDate, epochDayOf, YEAR_MAX, YEAR_MIN } from './calendar.js';

export const NANOS_PER_SECOND = 1_000_000_000;
export const SECONDS_PER_DAY = 86_400;
export const NANOS_PER_DAY = NANOS_PER_SECOND * SECONDS_PER_DAY;
export const OFFSET_SECONDS_MAX = 18 * 3600;

export const EPOCH_DAY_MIN = epochDayOf(YEAR_MIN, 1, 1);
const EPOCH_DAY_MAX = epochDayOf(YEAR_MAX, 12, 31);

export class CypherDate extends SimpleValue {
  readonly epochDay: number;
  constructor(epochDay: number) {
    super();
    this.epochDay = checkedDay(epochDay);
  }
}

export class CypherLocalTime extends SimpleValue {
  readonly nanos: number;
  constructor(nanos: number) {
    super();
    this.nanos = nanos;
  }
}

export class CypherTime extends SimpleValue {
  /** Local. */
  readonly nanos: number;
  /** Seconds east of UTC. */
  readonly offset: number;
  constructor(nanos: number, offset: number) {
    super();
    this.nanos = nanos;
    this.offset = checkedOffset(offset);
  }
}

export class CypherLocalDateTime extends SimpleValue {
  readonly epochDay: number;
  readonly nanos: number;
  constructor(epochDay: number, nanos: number) {
    super();
    this.epochDay = checkedDay(epochDay);
    this.nanos = nanos;
  }
}

export class CypherDateTime extends SimpleValue {
  /** Local, as the nanoseconds. */
  readonly epochDay: number;
  readonly nanos: number;
  readonly offset: number;
  /** `Europe/Stockholm`; undefined where only the offset is known. */
  readonly zone: string | undefined;
  constructor(epochDay: number, nanos: number, offset: number, zone?: string) {
    super();
    this.epochDay = checkedDay(epochDay);
    this.nanos = nanos;
    this.offset = checkedOffset(offset);
    this.zone = zone;
  }
}

/** Parts that do not make each other: a month has no fixed number of days, a day none of seconds. INTEGERs, canonical. */
export class CypherDuration extends SimpleValue {
  readonly months: number | bigint;
  readonly days: number | bigint;
  readonly seconds: number | bigint;
  /** 0 to 999,999,999. */
  readonly nanos: number;
  constructor(months: number | bigint, days: number | bigint, seconds: number | bigint, nanos: number) {
    super();
    this.months = months;
    this.days = days;
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** A point in time, or of the day. */
export type Instantaneous = CypherDate | CypherLocalTime | CypherTime | CypherLocalDateTime | CypherDateTime;
export type Temporal = Instantaneous | CypherDuration;

export function isInstantaneous(value: unknown): value is Instantaneous {
  if (!(value instanceof SimpleValue)) return false;
  return (
    value instanceof CypherDate ||
    value instanceof CypherDateTime ||
    value instanceof CypherLocalDateTime ||
    value instanceof CypherTime ||
    value instanceof CypherLocalTime
  );
}

export function isTemporal(value: unknown): value is Temporal {
  return isInstantaneous(value) || value instanceof CypherDuration;
}

function checkedDay(epochDay: number): number {
  if (epochDay >= EPOCH_DAY_MIN && epochDay <= EPOCH_DAY_MAX) return epochDay;
  const year = Number.isSafeInteger(epochDay) ? calendarDate(epochDay).year : epochDay;
  throw failure('argumentError', `Invalid value for Year (valid values ${YEAR_MIN} - ${YEAR_MAX}): ${year}`);
}

function checkedOffset(seconds: number): number {
  if (Math.abs(seconds) <= OFFSET_SECONDS_MAX) return seconds;
  throw failure('argumentError', 'Zone offset not in valid range: -18:00 to +18:00');
}

/** Seconds since 1970 in UTC, as a whole number. */
export function epochSecondsOf({ epochDay, nanos, offset }: CypherDateTime): bigint {
  return BigInt(epochDay) * 86_400n + BigInt(Math.floor(nanos / NANOS_PER_SECOND) - offset);
}

/** Of a point that is so many seconds after 1970-01-01T00:00, local. */
export function dayAndNanos(seconds: bigint, nanos: number): { readonly epochDay: number; readonly nanos: number } {
  const day = floorDivide(seconds, 86_400n);
  return { epochDay: Number(day), nanos: Number(seconds - day * 86_400n) * NANOS_PER_SECOND + nanos };
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}
