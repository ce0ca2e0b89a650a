// Temporal values from components: a map as the functions take it, on the ground of another value where the map selects one.
// What is coarser than a given component must be given too, unless the other value has it.

import { failure } from '../../errors/catalogue.js';
import { excerpt } from '../excerpt.js';
import { toText } from '../text.js';
import { CypherFloat, type CypherMap, type Value } from '../value.js';
import { calendarDate, dayOfWeek, epochDayOf, quarterOf, weekDate } from './calendar.js';
import { calendarDay, inRange, nanosOfDay, ordinalDayOf, quarterDay, weekDay } from './parse.js';
import {
  CypherDate,
  CypherDateTime,
  CypherLocalDateTime,
  CypherLocalTime,
  CypherTime,
  dayAndNanos,
  epochSecondsOf,
  floorDivide,
  type Instantaneous,
  isInstantaneous,
  NANOS_PER_SECOND,
} from './types.js';
import { atInstant, atLocal, parseZone, type Zone, zoneOf } from './zones.js';

const DATE_FIELDS = ['year', 'month', 'day', 'week', 'dayOfWeek', 'quarter', 'dayOfQuarter', 'ordinalDay'];
const TIME_FIELDS = ['hour', 'minute', 'second', 'millisecond', 'microsecond', 'nanosecond'];

export type InstantName = 'Date' | 'LocalTime' | 'Time' | 'LocalDateTime' | 'DateTime';

const fieldsOf: Readonly<Record<InstantName, readonly string[]>> = {
  Date: ['date', ...DATE_FIELDS],
  LocalTime: ['time', ...TIME_FIELDS],
  Time: ['time', 'timezone', ...TIME_FIELDS],
  LocalDateTime: ['date', 'time', 'datetime', ...DATE_FIELDS, ...TIME_FIELDS],
  DateTime: ['date', 'time', 'datetime', 'timezone', 'epochSeconds', 'epochMillis', ...DATE_FIELDS, ...TIME_FIELDS],
};

/** A map's components by their names without case, as the type takes them. */
class Components {
  readonly #values = new Map<string, Value>();
  readonly #type: InstantName;

  constructor(map: CypherMap, type: InstantName) {
    this.#type = type;
    const names = new Map(fieldsOf[type].map((name) => [name.toLowerCase(), name]));
    for (const [key, value] of map) {
      const name = names.get(key.toLowerCase());
      if (name === undefined) throw failure('argumentError', `No such field: ${excerpt(key)}. A ${type} takes ${fieldsOf[type].join(', ')}.`);
      if (value !== null) this.#values.set(name, value);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  any(names: readonly string[]): boolean {
    return names.some((name) => this.#values.has(name));
  }

  /** An INTEGER that a double holds; a FLOAT without a fraction is one. */
  number(name: string): number | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number') return value;
    if (value instanceof CypherFloat && Number.isSafeInteger(value.value)) return value.value;
    throw failure('argumentError', `${name} must be an integer value, but was ${excerpt(toText(value))}`);
  }

  integer(name: string): bigint | undefined {
    const value = this.#values.get(name);
    return typeof value === 'bigint' ? value : value === undefined ? undefined : BigInt(this.number(name) as number);
  }

  zone(): Zone | undefined {
    const value = this.#values.get('timezone');
    if (value === undefined) return undefined;
    if (typeof value === 'string') return parseZone(value);
    throw failure('argumentError', `timezone must be a string, but was ${excerpt(toText(value))}`);
  }

  selected(name: string): Instantaneous | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    if (isInstantaneous(value)) return value;
    throw failure('argumentError', `Cannot construct a ${this.#type} from ${name}: ${excerpt(toText(value))}`);
  }
}

function need(value: Instantaneous | undefined, part: 'epochDay' | 'nanos', what: string): void {
  if (value === undefined || part in value) return;
  throw failure('argumentError', `Cannot get the ${part === 'epochDay' ? 'date' : 'time'} of a value that has none, for ${what}`);
}

// ---------------------------------------------------------------- dates

function dayFrom(given: Components, selected: Instantaneous | undefined): number {
  const base = selected === undefined ? undefined : (selected as { readonly epochDay: number }).epochDay;
  const year = given.number('year') ?? (base === undefined ? undefined : given.has('week') ? weekDate(base).weekYear : calendarDate(base).year);
  if (year === undefined) throw failure('argumentError', 'year must be specified');
  const kinds = [given.any(['month', 'day']), given.any(['week', 'dayOfWeek']), given.any(['quarter', 'dayOfQuarter']), given.has('ordinalDay')];
  if (kinds.filter(Boolean).length > 1) throw failure('argumentError', 'Cannot mix calendar dates, week dates, quarter dates and ordinal dates.');
  const now = base === undefined ? undefined : calendarDate(base);
  if (given.any(['week', 'dayOfWeek'])) {
    const week = coarser(given, 'week', 'dayOfWeek', base === undefined ? undefined : weekDate(base).week);
    const weekYear = given.number('year') ?? (base === undefined ? year : weekDate(base).weekYear);
    return weekDay(weekYear, week, given.number('dayOfWeek') ?? (base === undefined ? 1 : dayOfWeek(base)));
  }
  if (given.any(['quarter', 'dayOfQuarter'])) {
    const quarter = coarser(given, 'quarter', 'dayOfQuarter', now === undefined ? undefined : quarterOf(now.month));
    const day = base === undefined || now === undefined ? 1 : base - epochDayOf(now.year, quarterOf(now.month) * 3 - 2, 1) + 1;
    return quarterDay(year, quarter, given.number('dayOfQuarter') ?? day);
  }
  const ordinal = given.number('ordinalDay');
  if (ordinal !== undefined) return ordinalDayOf(year, ordinal);
  const month = given.has('day') ? coarser(given, 'month', 'day', now?.month) : (given.number('month') ?? now?.month ?? 1);
  return calendarDay(year, month, given.number('day') ?? now?.day ?? 1);
}

/** The coarser component of a pair, which the finer one cannot do without. */
function coarser(given: Components, name: string, finer: string, selected: number | undefined): number {
  const value = given.number(name) ?? selected;
  if (value === undefined) throw failure('argumentError', `${finer} cannot be specified without ${name}`);
  return value;
}

// ---------------------------------------------------------------- times

function nanosFrom(given: Components, selected: Instantaneous | undefined, required: boolean): number {
  const base = selected === undefined ? undefined : (selected as { readonly nanos: number }).nanos;
  const baseSeconds = base === undefined ? 0 : Math.floor(base / NANOS_PER_SECOND);
  if (base === undefined) {
    if (required && !given.has('hour')) throw failure('argumentError', 'hour must be specified');
    const order = ['hour', 'minute', 'second'];
    for (const [at, name] of order.entries())
      if (!given.has(name) && given.any([...order.slice(at + 1), 'millisecond', 'microsecond', 'nanosecond'])) {
        const finer = [...order.slice(at + 1), 'millisecond', 'microsecond', 'nanosecond'].find((one) => given.has(one));
        throw failure('argumentError', `${finer} cannot be specified without ${name}`);
      }
  }
  const hour = given.number('hour') ?? Math.floor(baseSeconds / 3600);
  const minute = given.number('minute') ?? Math.floor(baseSeconds / 60) % 60;
  const second = given.number('second') ?? baseSeconds % 60;
  return nanosOfDay(hour, minute, second, fractionFrom(given) ?? (base ?? 0) % NANOS_PER_SECOND);
}

/** Each as much as the coarser ones that are given leave to it. */
function fractionFrom(given: Components, milli = given.number('millisecond')): number | undefined {
  const [micro, nano] = [given.number('microsecond'), given.number('nanosecond')];
  if (milli === undefined && micro === undefined && nano === undefined) return undefined;
  if (milli !== undefined) inRange('Millisecond', milli, 0, 999);
  if (micro !== undefined) inRange('Microsecond', micro, 0, milli === undefined ? 999_999 : 999);
  if (nano !== undefined) inRange('Nanosecond', nano, 0, micro !== undefined ? 999 : milli !== undefined ? 999_999 : 999_999_999);
  return (milli ?? 0) * 1_000_000 + (micro ?? 0) * 1000 + (nano ?? 0);
}

// ---------------------------------------------------------------- the types

export function buildDate(map: CypherMap): CypherDate {
  const given = new Components(map, 'Date');
  const selected = given.selected('date');
  need(selected, 'epochDay', 'a Date');
  return new CypherDate(dayFrom(given, selected));
}

export function buildLocalTime(map: CypherMap): CypherLocalTime {
  const given = new Components(map, 'LocalTime');
  const selected = given.selected('time');
  need(selected, 'nanos', 'a LocalTime');
  return new CypherLocalTime(nanosFrom(given, selected, true));
}

/** `otherwise`: the zone where none is given. Another zone than the selected time's moves the time by what lies between. */
export function buildTime(map: CypherMap, otherwise: Zone, now: bigint): CypherTime {
  const given = new Components(map, 'Time');
  const selected = given.selected('time');
  need(selected, 'nanos', 'a Time');
  const offsetNow = (zone: Zone) => (typeof zone === 'number' ? zone : atInstant(zone, now, 0).offset);
  const zone = given.zone();
  const known = offsetIn(selected);
  if (selected === undefined || known === undefined || zone === undefined) {
    return new CypherTime(nanosFrom(given, selected, true), zone === undefined ? (known ?? offsetNow(otherwise)) : offsetNow(zone));
  }
  const offset = selected instanceof CypherDateTime && typeof zone === 'string' ? atInstant(zone, epochSecondsOf(selected), 0).offset : offsetNow(zone);
  const shifted = shiftedNanos((selected as CypherTime).nanos, offset - known);
  return new CypherTime(nanosFrom(given, new CypherLocalTime(shifted), true), offset);
}

export function buildLocalDateTime(map: CypherMap): CypherLocalDateTime {
  const given = new Components(map, 'LocalDateTime');
  const { date, time } = selections(given);
  return new CypherLocalDateTime(dayFrom(given, date), nanosFrom(given, time, false));
}

export function buildDateTime(map: CypherMap, otherwise: Zone): CypherDateTime {
  const given = new Components(map, 'DateTime');
  const asked = given.zone();
  if (given.any(['epochSeconds', 'epochMillis'])) return atEpoch(given, asked ?? otherwise);
  const { date, time, whole } = selections(given);
  const zone = asked ?? zoneIn(whole) ?? zoneIn(time) ?? otherwise;
  // A point in time that is shown in another zone, before its components are changed.
  if (whole instanceof CypherDateTime) {
    const shown = asked === undefined ? whole : atInstant(asked, epochSecondsOf(whole), whole.nanos % NANOS_PER_SECOND);
    return atLocal(zone, dayFrom(given, shown), nanosFrom(given, shown, false), shown.offset);
  }
  const from = zoneIn(time);
  if (time === undefined || from === undefined || asked === undefined) return atLocal(zone, dayFrom(given, date), nanosFrom(given, time, false));
  const day = dayFrom(given, date);
  const there = atLocal(from, day, (time as CypherTime).nanos);
  const shown = atInstant(asked, epochSecondsOf(there), there.nanos % NANOS_PER_SECOND);
  return atLocal(asked, shown.epochDay, nanosFrom(given, shown, false), shown.offset);
}

function selections(given: Components): {
  readonly date: Instantaneous | undefined;
  readonly time: Instantaneous | undefined;
  readonly whole: Instantaneous | undefined;
} {
  const whole = given.selected('datetime');
  if (whole !== undefined && given.any(['date', 'time'])) throw failure('argumentError', 'datetime cannot be combined with date or time.');
  const date = whole ?? given.selected('date');
  const time = whole ?? given.selected('time');
  need(date, 'epochDay', 'a date');
  need(time, 'nanos', 'a time');
  return { date, time, whole };
}

function atEpoch(given: Components, zone: Zone): CypherDateTime {
  const seconds = given.integer('epochSeconds');
  const millis = given.integer('epochMillis');
  if (seconds !== undefined && millis !== undefined) throw failure('argumentError', 'epochSeconds and epochMillis cannot both be given.');
  if (given.any([...DATE_FIELDS, 'date', 'time', 'datetime', 'hour', 'minute', 'second'])) {
    throw failure('argumentError', 'epochSeconds and epochMillis can only be combined with what is finer than they are.');
  }
  if (seconds !== undefined) return atInstant(zone, seconds, fractionFrom(given) ?? 0);
  if (given.has('millisecond')) throw failure('argumentError', 'epochMillis cannot be combined with millisecond.');
  return fromEpochMillis(millis as bigint, fractionFrom(given, 0) ?? 0, zone);
}

export function fromEpochMillis(millis: bigint, nanos: number, zone: Zone): CypherDateTime {
  const seconds = floorDivide(millis, 1000n);
  return atInstant(zone, seconds, Number(millis - seconds * 1000n) * 1_000_000 + nanos);
}

function zoneIn(value: Instantaneous | undefined): Zone | undefined {
  if (value instanceof CypherDateTime) return zoneOf(value);
  return value instanceof CypherTime ? value.offset : undefined;
}

function offsetIn(value: Instantaneous | undefined): number | undefined {
  return value instanceof CypherDateTime || value instanceof CypherTime ? value.offset : undefined;
}

function shiftedNanos(nanos: number, seconds: number): number {
  return dayAndNanos(BigInt(seconds), nanos % NANOS_PER_SECOND).nanos === 0 && seconds === 0
    ? nanos
    : dayAndNanos(BigInt(Math.floor(nanos / NANOS_PER_SECOND) + seconds), nanos % NANOS_PER_SECOND).nanos;
}
