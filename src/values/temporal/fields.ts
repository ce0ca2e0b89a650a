// The components of temporal values, as `date.year` reads them.

import { failure } from '../../errors/catalogue.js';
import { integerOf } from '../value.js';
import { calendarDate, dayOfWeek, epochDayOf, ordinalDay, quarterOf, weekDate } from './calendar.js';
import { CypherDateTime, CypherDuration, CypherTime, epochSecondsOf, type Instantaneous, NANOS_PER_SECOND, type Temporal } from './types.js';
import { offsetText } from './zones.js';

type Field = number | bigint | string;

const dateFields: Readonly<Record<string, (epochDay: number) => number>> = {
  year: (day) => calendarDate(day).year,
  quarter: (day) => quarterOf(calendarDate(day).month),
  month: (day) => calendarDate(day).month,
  week: (day) => weekDate(day).week,
  weekYear: (day) => weekDate(day).weekYear,
  day: (day) => calendarDate(day).day,
  dayOfQuarter,
  quarterDay: dayOfQuarter,
  ordinalDay,
  dayOfWeek,
  weekDay: dayOfWeek,
};

const timeFields: Readonly<Record<string, (nanos: number) => number>> = {
  hour: (nanos) => Math.floor(nanos / (3600 * NANOS_PER_SECOND)),
  minute: (nanos) => Math.floor(nanos / (60 * NANOS_PER_SECOND)) % 60,
  second: (nanos) => Math.floor(nanos / NANOS_PER_SECOND) % 60,
  millisecond: (nanos) => Math.floor((nanos % NANOS_PER_SECOND) / 1_000_000),
  microsecond: (nanos) => Math.floor((nanos % NANOS_PER_SECOND) / 1000),
  nanosecond: (nanos) => nanos % NANOS_PER_SECOND,
};

const offsetFields: Readonly<Record<string, (offset: number) => Field>> = {
  offset: offsetText,
  offsetMinutes: (offset) => Math.trunc(offset / 60),
  offsetSeconds: (offset) => offset,
};

const durationFields: Readonly<Record<string, (value: CypherDuration) => bigint>> = {
  years: ({ months }) => BigInt(months) / 12n,
  quarters: ({ months }) => BigInt(months) / 3n,
  months: ({ months }) => BigInt(months),
  weeks: ({ days }) => BigInt(days) / 7n,
  days: ({ days }) => BigInt(days),
  hours: ({ seconds }) => BigInt(seconds) / 3600n,
  minutes: ({ seconds }) => BigInt(seconds) / 60n,
  seconds: ({ seconds }) => BigInt(seconds),
  milliseconds: ({ seconds, nanos }) => BigInt(seconds) * 1000n + BigInt(Math.floor(nanos / 1_000_000)),
  microseconds: ({ seconds, nanos }) => BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanos / 1000)),
  nanoseconds: ({ seconds, nanos }) => BigInt(seconds) * 1_000_000_000n + BigInt(nanos),
  quartersOfYear: ({ months }) => (BigInt(months) / 3n) % 4n,
  monthsOfYear: ({ months }) => BigInt(months) % 12n,
  monthsOfQuarter: ({ months }) => BigInt(months) % 3n,
  daysOfWeek: ({ days }) => BigInt(days) % 7n,
  minutesOfHour: ({ seconds }) => (BigInt(seconds) / 60n) % 60n,
  secondsOfMinute: ({ seconds }) => BigInt(seconds) % 60n,
  millisecondsOfSecond: ({ nanos }) => BigInt(Math.floor(nanos / 1_000_000)),
  microsecondsOfSecond: ({ nanos }) => BigInt(Math.floor(nanos / 1000)),
  nanosecondsOfSecond: ({ nanos }) => BigInt(nanos),
};

/** Undefined: the type has no such component. Raises ArithmeticError for one that is no INTEGER, as of a far year in milliseconds. */
export function fieldOf(value: Temporal, name: string): Field | undefined {
  const found = value instanceof CypherDuration ? durationField(value, name) : pointField(value, name);
  if (typeof found === 'bigint' && integerOf(found) === undefined) {
    throw failure('arithmeticError', `integer overflow: ${name} is ${found} here, and does not fit 64 bits`);
  }
  return found;
}

function durationField(value: CypherDuration, name: string): Field | undefined {
  return Object.hasOwn(durationFields, name) ? durationFields[name]?.(value) : undefined;
}

function pointField(value: Instantaneous, name: string): Field | undefined {
  if ('epochDay' in value && Object.hasOwn(dateFields, name)) return dateFields[name]?.(value.epochDay);
  if ('nanos' in value && Object.hasOwn(timeFields, name)) return timeFields[name]?.(value.nanos);
  if (!(value instanceof CypherTime || value instanceof CypherDateTime)) return undefined;
  if (Object.hasOwn(offsetFields, name)) return offsetFields[name]?.(value.offset);
  if (name === 'timezone') return value instanceof CypherDateTime && value.zone !== undefined ? value.zone : offsetText(value.offset);
  if (!(value instanceof CypherDateTime)) return undefined;
  if (name === 'epochSeconds') return epochSecondsOf(value);
  if (name === 'epochMillis') return epochSecondsOf(value) * 1000n + BigInt(Math.floor((value.nanos % NANOS_PER_SECOND) / 1_000_000));
  return undefined;
}

function dayOfQuarter(epochDay: number): number {
  const { year, month } = calendarDate(epochDay);
  return epochDay - epochDayOf(year, (quarterOf(month) - 1) * 3 + 1, 1) + 1;
}
