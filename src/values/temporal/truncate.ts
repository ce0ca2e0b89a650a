// Points in time cut to a unit, with the components of a map set afterwards.

import { failure } from '../../errors/catalogue.js';
import { excerpt } from '../excerpt.js';
import type { CypherMap, Value } from '../value.js';
import { buildDate, buildDateTime, buildLocalDateTime, buildLocalTime, buildTime, type InstantName } from './build.js';
import { calendarDate, dayOfWeek, epochDayOf, firstMonday, quarterOf, weekDate } from './calendar.js';
import { CypherDate, CypherDateTime, CypherLocalDateTime, CypherLocalTime, CypherTime, type Instantaneous, NANOS_PER_SECOND } from './types.js';
import { atLocal, type Zone, zoneOf } from './zones.js';

const firstDays: Readonly<Record<string, (epochDay: number) => number>> = {
  millennium: (day) => firstOfYears(day, 1000),
  century: (day) => firstOfYears(day, 100),
  decade: (day) => firstOfYears(day, 10),
  year: (day) => firstOfYears(day, 1),
  weekyear: (day) => firstMonday(weekDate(day).weekYear),
  quarter: (day) => {
    const { year, month } = calendarDate(day);
    return epochDayOf(year, quarterOf(month) * 3 - 2, 1);
  },
  month: (day) => {
    const { year, month } = calendarDate(day);
    return epochDayOf(year, month, 1);
  },
  week: (day) => day - dayOfWeek(day) + 1,
  day: (day) => day,
};

const timeUnits: Readonly<Record<string, number>> = {
  hour: 3600 * NANOS_PER_SECOND,
  minute: 60 * NANOS_PER_SECOND,
  second: NANOS_PER_SECOND,
  millisecond: 1_000_000,
  microsecond: 1000,
};

function firstOfYears(epochDay: number, count: number): number {
  return epochDayOf(Math.floor(calendarDate(epochDay).year / count) * count, 1, 1);
}

/** `otherwise`: the zone of what has none. Raises ArgumentError where the unit is none of the type's. */
export function truncate(type: InstantName, unit: string, value: Instantaneous, fields: CypherMap, otherwise: Zone, now: bigint): Instantaneous {
  const name = unit.toLowerCase();
  const firstDay = Object.hasOwn(firstDays, name) ? firstDays[name] : undefined;
  const step = Object.hasOwn(timeUnits, name) ? timeUnits[name] : undefined;
  if (firstDay === undefined && step === undefined) throw failure('argumentError', `Unsupported unit: ${excerpt(unit)}`);
  const hasDate = type === 'Date' || type.endsWith('DateTime');
  if (hasDate && !('epochDay' in value)) throw failure('argumentError', `Cannot truncate a value without a date to a ${type}.`);
  if (type !== 'Date' && !('nanos' in value) && step !== undefined)
    throw failure('argumentError', `Cannot truncate a value without a time to the unit ${unit}.`);
  if (type === 'Date' && step !== undefined) throw failure('argumentError', `Unit is too small for truncation of a Date: ${unit}`);
  if (!hasDate && firstDay !== undefined && name !== 'day') throw failure('argumentError', `Unit is too large for truncation of a ${type}: ${unit}`);
  const day = 'epochDay' in value ? (firstDay === undefined ? value.epochDay : firstDay(value.epochDay)) : 0;
  const nanos = step === undefined || !('nanos' in value) ? 0 : value.nanos - (value.nanos % step);
  const set = withKeptFraction(fields, name, nanos);
  const zone = value instanceof CypherDateTime ? zoneOf(value) : value instanceof CypherTime ? value.offset : otherwise;
  switch (type) {
    case 'Date':
      return buildDate(new Map<string, Value>([['date', new CypherDate(day)], ...set]));
    case 'LocalTime':
      return buildLocalTime(new Map<string, Value>([['time', new CypherLocalTime(nanos)], ...set]));
    case 'Time':
      return buildTime(new Map<string, Value>([['time', new CypherLocalTime(nanos)], ...zoned(set, value)]), otherwise, now);
    case 'LocalDateTime':
      return buildLocalDateTime(new Map<string, Value>([['datetime', new CypherLocalDateTime(day, nanos)], ...set]));
    case 'DateTime':
      return set.some(([key]) => key.toLowerCase() === 'timezone')
        ? buildDateTime(new Map<string, Value>([['datetime', new CypherLocalDateTime(day, nanos)], ...set]), otherwise)
        : buildDateTime(new Map<string, Value>([['datetime', atLocal(zone, day, nanos)], ...set]), otherwise);
  }
}

/** A time keeps its offset, unless the map names another zone: that one is put in its place. */
function zoned(set: readonly (readonly [string, Value])[], value: Instantaneous): readonly (readonly [string, Value])[] {
  const offset = value instanceof CypherDateTime || value instanceof CypherTime ? value.offset : undefined;
  if (offset === undefined || set.some(([key]) => key.toLowerCase() === 'timezone')) return set;
  const size = Math.abs(offset);
  const two = (part: number) => String(part).padStart(2, '0');
  const text = `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}:${two(size % 60)}`;
  return [...set, ['timezone', text]];
}

/** What was cut to milliseconds keeps them when only finer parts are set; the same for microseconds. */
function withKeptFraction(fields: CypherMap, unit: string, nanos: number): readonly (readonly [string, Value])[] {
  const names = new Set([...fields.keys()].map((key) => key.toLowerCase()));
  const kept: [string, Value][] = [];
  if (unit === 'millisecond' && (names.has('microsecond') || names.has('nanosecond'))) {
    kept.push(['millisecond', Math.floor((nanos % NANOS_PER_SECOND) / 1_000_000)]);
  }
  if (unit === 'microsecond' && names.has('nanosecond')) kept.push(['microsecond', Math.floor((nanos % NANOS_PER_SECOND) / 1000)]);
  return [...kept, ...fields];
}
