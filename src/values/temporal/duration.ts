// Arithmetic of durations, and of points in time with them.

import { failure } from '../../errors/catalogue.js';
import { calendarDate, plusMonths } from './calendar.js';
import {
  CypherDate,
  CypherDateTime,
  CypherDuration,
  CypherLocalDateTime,
  CypherLocalTime,
  CypherTime,
  epochSecondsOf,
  floorDivide,
  type Instantaneous,
  NANOS_PER_DAY,
  NANOS_PER_SECOND,
} from './types.js';
import { atInstant, atLocal, type Zone, zoneOf } from './zones.js';

type Integer = number | bigint;

/** Of a month, by the average year of 365.2425 days. */
export const SECONDS_PER_MONTH = 2_629_746;
const INT64_MAX = 2n ** 63n - 1n;

/** The INTEGER that a part is too large for. */
export function tooLarge(part: string): Error {
  return failure('arithmeticError', `The ${part} of a duration do not fit 64 bits`);
}

function integer(value: bigint, part: string): Integer {
  if (value > INT64_MAX || value < -INT64_MAX - 1n) throw tooLarge(part);
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** From parts of any size and sign. */
export function duration(months: Integer, days: Integer, seconds: Integer, nanos: Integer): CypherDuration {
  const carried = floorDivide(BigInt(nanos), BigInt(NANOS_PER_SECOND));
  const rest = Number(BigInt(nanos) - carried * BigInt(NANOS_PER_SECOND));
  return new CypherDuration(integer(BigInt(months), 'months'), integer(BigInt(days), 'days'), integer(BigInt(seconds) + carried, 'seconds'), rest);
}

/** `count` times `factor` months, days, seconds or nanoseconds: `group` is 0, 1, 2 or 3. A count beyond 2^53 is a bigint, one with a fraction a double. */
export interface DurationPart {
  readonly group: number;
  readonly factor: number;
  readonly count: Integer;
}

/** Whole numbers are exact; what has a fraction is as near as doubles come, with all that are small enough to be added to it. */
export function fromParts(parts: readonly DurationPart[]): CypherDuration {
  if (parts.every(({ count }) => typeof count === 'bigint' || Number.isSafeInteger(count))) return exact(parts);
  const small = parts.filter(({ count }) => typeof count === 'number');
  const sum = (of: number) => small.reduce((total, { group, factor, count }) => (group === of ? total + Number(count) * factor : total), 0);
  return addDurations(exact(parts.filter(({ count }) => typeof count === 'bigint')), approximate(sum(0), sum(1), sum(2), sum(3)));
}

function exact(parts: readonly DurationPart[]): CypherDuration {
  const sum = (of: number) => parts.reduce((total, { group, factor, count }) => (group === of ? total + BigInt(count) * BigInt(factor) : total), 0n);
  return duration(sum(0), sum(1), sum(2), sum(3));
}

/**
 * From parts that may have fractions: what is left of a month is days of 86,400 seconds, by the average month; what is left of a
 * day is seconds.
 */
export function approximate(months: number, days: number, seconds: number, nanos: number): CypherDuration {
  const [wholeMonths, restOfMonth] = split(months);
  const [wholeDays, restOfDay] = split(days + (restOfMonth * SECONDS_PER_MONTH) / 86_400);
  const [wholeSeconds, restOfSecond] = split(seconds + restOfDay * 86_400);
  const wholeNanos = Math.trunc(nearest(nanos + restOfSecond * NANOS_PER_SECOND));
  return duration(whole(wholeMonths), whole(wholeDays), whole(wholeSeconds), whole(wholeNanos));
}

function split(value: number): [number, number] {
  const truncated = Math.trunc(value);
  return [truncated, value - truncated];
}

function whole(value: number): Integer {
  if (!Number.isFinite(value)) throw failure('arithmeticError', 'A part of a duration is no finite number');
  return Number.isSafeInteger(value) ? value : BigInt(value);
}

/** Doubles carry about a millionth of a nanosecond too little or too much here. */
function nearest(nanos: number): number {
  const rounded = Math.round(nanos);
  return Math.abs(nanos - rounded) < 1e-3 ? rounded : nanos;
}

export function addDurations(a: CypherDuration, b: CypherDuration): CypherDuration {
  return duration(BigInt(a.months) + BigInt(b.months), BigInt(a.days) + BigInt(b.days), BigInt(a.seconds) + BigInt(b.seconds), a.nanos + b.nanos);
}

export function negated({ months, days, seconds, nanos }: CypherDuration): CypherDuration {
  return duration(-BigInt(months), -BigInt(days), -BigInt(seconds), -nanos);
}

export function multiplied({ months, days, seconds, nanos }: CypherDuration, factor: number): CypherDuration {
  if (Number.isInteger(factor) && Number.isSafeInteger(factor)) {
    const times = BigInt(factor);
    return duration(BigInt(months) * times, BigInt(days) * times, BigInt(seconds) * times, BigInt(nanos) * times);
  }
  return approximate(Number(months) * factor, Number(days) * factor, Number(seconds) * factor, nanos * factor);
}

export function divided({ months, days, seconds, nanos }: CypherDuration, divisor: number): CypherDuration {
  return approximate(Number(months) / divisor, Number(days) / divisor, Number(seconds) / divisor, nanos / divisor);
}

/** First months, then days, then the time: `2000-01-31 + P1M` is `2000-02-29`. A part that the type has not is nothing to it. */
export function plus<T extends Instantaneous>(value: T, { months, days, seconds, nanos }: CypherDuration): T {
  return plusParts(value, months, days, seconds, nanos) as T;
}

function plusParts(value: Instantaneous, months: Integer, days: Integer, seconds: Integer, nanos: number): Instantaneous {
  const elapsed = BigInt(seconds) * BigInt(NANOS_PER_SECOND) + BigInt(nanos);
  if (value instanceof CypherLocalTime) return new CypherLocalTime(wrapped(value.nanos, elapsed));
  if (value instanceof CypherTime) return new CypherTime(wrapped(value.nanos, elapsed), value.offset);
  const epochDay = Number(BigInt(plusMonths(value.epochDay, Number(months))) + BigInt(days));
  if (value instanceof CypherDate) return new CypherDate(epochDay + Number(BigInt(seconds) / 86_400n));
  if (value instanceof CypherLocalDateTime) {
    const moved = carried(epochDay, value.nanos, elapsed);
    return new CypherLocalDateTime(moved.epochDay, moved.nanos);
  }
  const dated = Number(months) === 0 && Number(days) === 0 ? value : atLocal(zoneOf(value), epochDay, value.nanos, value.offset);
  return elapsed === 0n ? dated : later(dated, elapsed);
}

function wrapped(nanos: number, elapsed: bigint): number {
  const rest = (BigInt(nanos) + elapsed) % BigInt(NANOS_PER_DAY);
  return Number(rest < 0n ? rest + BigInt(NANOS_PER_DAY) : rest);
}

function carried(epochDay: number, nanos: number, elapsed: bigint): { readonly epochDay: number; readonly nanos: number } {
  const total = BigInt(nanos) + elapsed;
  const days = floorDivide(total, BigInt(NANOS_PER_DAY));
  return { epochDay: Number(BigInt(epochDay) + days), nanos: Number(total - days * BigInt(NANOS_PER_DAY)) };
}

/** So many nanoseconds later, whatever clocks are set to in between. */
function later(value: CypherDateTime, elapsed: bigint): CypherDateTime {
  const total = BigInt(value.nanos % NANOS_PER_SECOND) + elapsed;
  const seconds = floorDivide(total, BigInt(NANOS_PER_SECOND));
  return atInstant(zoneOf(value), epochSecondsOf(value) + seconds, Number(total - seconds * BigInt(NANOS_PER_SECOND)));
}

// ---------------------------------------------------------------- between two points

type Placed = CypherLocalDateTime | CypherDateTime;

/** Months, then days, then the time that is left: what added to the first gives the second. */
export function between(first: Instantaneous, second: Instantaneous): CypherDuration {
  const { from, to } = aligned(first, second);
  if (!isDated(first) || !isDated(second)) return duration(0, 0, 0, elapsed(from, to));
  const months = wholeMonths(from, to);
  const afterMonths = plus(from, duration(months, 0, 0, 0));
  const days = wholeDays(afterMonths, to);
  const afterDays = plus(afterMonths, duration(0, days, 0, 0));
  return duration(months, days, 0, elapsed(afterDays, to));
}

export function inMonths(first: Instantaneous, second: Instantaneous): CypherDuration {
  const { from, to } = aligned(first, second);
  return duration(isDated(first) && isDated(second) ? wholeMonths(from, to) : 0, 0, 0, 0);
}

export function inDays(first: Instantaneous, second: Instantaneous): CypherDuration {
  const { from, to } = aligned(first, second);
  return duration(0, isDated(first) && isDated(second) ? wholeDays(from, to) : 0, 0, 0);
}

export function inSeconds(first: Instantaneous, second: Instantaneous): CypherDuration {
  const { from, to } = aligned(first, second);
  return duration(0, 0, 0, elapsed(from, to));
}

function isDated(value: Instantaneous): boolean {
  return 'epochDay' in value;
}

/** For what one has not, the other's date or zone stands, or midnight. The second is in the zone of the first. */
function aligned(first: Instantaneous, second: Instantaneous): { readonly from: Placed; readonly to: Placed } {
  const from = placed(first, second);
  const to = placed(second, first);
  if (!(from instanceof CypherDateTime) || !(to instanceof CypherDateTime)) return { from, to };
  return { from, to: atInstant(zoneOf(from), epochSecondsOf(to), to.nanos % NANOS_PER_SECOND) };
}

function placed(value: Instantaneous, other: Instantaneous): Placed {
  if (value instanceof CypherDateTime) return value;
  const epochDay = 'epochDay' in value ? value.epochDay : 'epochDay' in other ? other.epochDay : 0;
  const nanos = 'nanos' in value ? value.nanos : 0;
  const zone = zoneIn(value) ?? zoneIn(other);
  return zone === undefined ? new CypherLocalDateTime(epochDay, nanos) : atLocal(zone, epochDay, nanos);
}

function zoneIn(value: Instantaneous): Zone | undefined {
  if (value instanceof CypherDateTime) return zoneOf(value);
  return value instanceof CypherTime ? value.offset : undefined;
}

/** Nanoseconds. */
function elapsed(from: Placed, to: Placed): bigint {
  return instantNanos(to) - instantNanos(from);
}

function instantNanos(value: Placed): bigint {
  const offset = value instanceof CypherDateTime ? BigInt(value.offset) * BigInt(NANOS_PER_SECOND) : 0n;
  return BigInt(value.epochDay) * BigInt(NANOS_PER_DAY) + BigInt(value.nanos) - offset;
}

/** Towards zero. */
function wholeDays(from: Placed, to: Placed): number {
  const days = to.epochDay - from.epochDay;
  if (days > 0 && to.nanos < from.nanos) return days - 1;
  return days < 0 && to.nanos > from.nanos ? days + 1 : days;
}

function wholeMonths(from: Placed, to: Placed): number {
  // Days count as so many 32nds of a month: none has more.
  const place = (epochDay: number) => {
    const { year, month, day } = calendarDate(epochDay);
    return (year * 12 + month) * 32 + day;
  };
  return Math.trunc((place(from.epochDay + wholeDays(from, to)) - place(from.epochDay)) / 32) + 0;
}
