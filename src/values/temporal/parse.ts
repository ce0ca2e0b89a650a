// Temporal values from text: the forms of ISO 8601 that Cypher takes, basic and extended.

import { failure } from '../../errors/catalogue.js';
import { excerpt } from '../excerpt.js';
import { integerOfText } from '../numerals.js';
import { daysOfMonth, epochDayOf, firstMonday, isLeapYear, weeksOf, YEAR_MAX } from './calendar.js';
import { type DurationPart, duration, fromParts, tooLarge } from './duration.js';
import { CypherDate, type CypherDateTime, type CypherDuration, CypherLocalDateTime, CypherLocalTime, CypherTime, NANOS_PER_SECOND } from './types.js';
import { atLocal, parseOffset, parseZone, type Zone } from './zones.js';

function refused(type: string, text: string): never {
  throw failure('syntaxError', `Text cannot be parsed to a ${type}\n"${excerpt(text)}"`);
}

// ---------------------------------------------------------------- dates

const YEAR = '(?<year>[+-]\\d{1,9}|\\d{4})';
/** With a year of a sign, parts need their hyphens: nothing else tells where it ends. */
const dateForms: readonly RegExp[] = [
  `${YEAR}(?:-(?<month>\\d{1,2})(?:-(?<day>\\d{1,2}))?)?`,
  '(?<year>\\d{4})(?<month>\\d{2})(?<day>\\d{2})?',
  `${YEAR}-?W(?<week>\\d{1,2})(?:-?(?<weekDay>\\d))?`,
  `${YEAR}-?Q(?<quarter>\\d)(?:-?(?<quarterDay>\\d{1,2}))?`,
  `${YEAR}-(?<ordinal>\\d{3})`,
  '(?<year>\\d{4})(?<ordinal>\\d{3})',
].map((form) => new RegExp(`^${form}$`));

/** Days since 1970; undefined for what is no date at all. Raises ArgumentError for one that does not exist. */
function parseDay(text: string): number | undefined {
  for (const form of dateForms) {
    const found = form.exec(text)?.groups;
    if (found !== undefined) return dayOf(found);
  }
  return undefined;
}

function dayOf(found: Readonly<Record<string, string | undefined>>): number {
  const number = (name: string, otherwise: number) => (found[name] === undefined ? otherwise : Number(found[name]));
  const year = number('year', 0);
  inRange('Year', year, -YEAR_MAX, YEAR_MAX);
  if (found.week !== undefined) return weekDay(year, number('week', 1), number('weekDay', 1));
  if (found.quarter !== undefined) return quarterDay(year, number('quarter', 1), number('quarterDay', 1));
  if (found.ordinal !== undefined) return ordinalDayOf(year, number('ordinal', 1));
  return calendarDay(year, number('month', 1), number('day', 1));
}

export function inRange(what: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw failure('argumentError', `Invalid value for ${what} (valid values ${least} - ${most}): ${value}`);
}

export function calendarDay(year: number, month: number, day: number): number {
  inRange('MonthOfYear', month, 1, 12);
  inRange('DayOfMonth', day, 1, 31);
  if (day > daysOfMonth(year, month)) {
    throw failure('argumentError', `Invalid date: ${year}-${String(month).padStart(2, '0')} has ${daysOfMonth(year, month)} days, and no day ${day}`);
  }
  return epochDayOf(year, month, day);
}

export function weekDay(weekYear: number, week: number, day: number): number {
  inRange('WeekOfWeekBasedYear', week, 1, 53);
  inRange('DayOfWeek', day, 1, 7);
  if (week > weeksOf(weekYear)) throw failure('argumentError', `Year ${weekYear} does not contain ${week} weeks.`);
  return firstMonday(weekYear) + (week - 1) * 7 + day - 1;
}

export function quarterDay(year: number, quarter: number, day: number): number {
  inRange('QuarterOfYear', quarter, 1, 4);
  const first = epochDayOf(year, quarter * 3 - 2, 1);
  const length = (quarter === 4 ? epochDayOf(year + 1, 1, 1) : epochDayOf(year, quarter * 3 + 1, 1)) - first;
  inRange('DayOfQuarter', day, 1, 92);
  if (day > length) throw failure('argumentError', `Quarter ${quarter} of ${year} only has ${length} days.`);
  return first + day - 1;
}

export function ordinalDayOf(year: number, day: number): number {
  inRange('DayOfYear', day, 1, 366);
  if (day === 366 && !isLeapYear(year)) throw failure('argumentError', `Invalid date 'DayOfYear 366' as '${year}' is not a leap year`);
  return epochDayOf(year, 1, 1) + day - 1;
}

// ---------------------------------------------------------------- times

const timeForms: readonly RegExp[] = [
  /^(?<hour>\d{1,2})(?::(?<minute>\d{1,2})(?::(?<second>\d{1,2})(?:[.,](?<fraction>\d{1,9}))?)?)?$/,
  /^(?<hour>\d{2})(?<minute>\d{2})(?:(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?$/,
];

function parseNanos(text: string): number | undefined {
  for (const form of timeForms) {
    const found = form.exec(text)?.groups;
    if (found === undefined) continue;
    return nanosOfDay(Number(found.hour), Number(found.minute ?? 0), Number(found.second ?? 0), Number((found.fraction ?? '').padEnd(9, '0')));
  }
  return undefined;
}

export function nanosOfDay(hour: number, minute: number, second: number, nanos: number): number {
  inRange('HourOfDay', hour, 0, 23);
  inRange('MinuteOfHour', minute, 0, 59);
  inRange('SecondOfMinute', second, 0, 59);
  return ((hour * 60 + minute) * 60 + second) * NANOS_PER_SECOND + nanos;
}

/** What stands before the zone, and the zone. */
interface Zoned {
  readonly local: string;
  readonly offset: string | undefined;
  readonly name: string | undefined;
}

const OFFSET = /(?:Z|z|[+-]\d{1,2}(?::?\d{2}(?::?\d{2})?)?)$/;
/** `+00:53:28` */
const OFFSET_LENGTH_MAX = 9;

function splitZone(text: string): Zoned {
  const { local, name } = splitName(text);
  const [offset] = OFFSET.exec(local.slice(-OFFSET_LENGTH_MAX)) ?? [];
  return offset === undefined ? { local, offset, name } : { local: local.slice(0, -offset.length), offset, name };
}

/** A name in brackets, as far to the left as it may begin: by hand, because a pattern would look for its end from each bracket. */
function splitName(text: string): Zoned {
  const start = text.endsWith(']') ? text.indexOf('[', text.lastIndexOf(']', text.length - 2) + 1) : -1;
  if (start < 0) return { local: text, offset: undefined, name: undefined };
  return { local: text.slice(0, start), offset: undefined, name: text.slice(start + 1, -1) };
}

// ---------------------------------------------------------------- the types

export function parseDate(text: string): CypherDate {
  const day = parseDay(text);
  return day === undefined ? refused('Date', text) : new CypherDate(day);
}

export function parseLocalTime(text: string): CypherLocalTime {
  const nanos = parseNanos(text.replace(/^T/, ''));
  return nanos === undefined ? refused('LocalTime', text) : new CypherLocalTime(nanos);
}

/** A text without an offset is in UTC. */
export function parseTime(text: string): CypherTime {
  const { local, offset, name } = splitZone(text.replace(/^T/, ''));
  const nanos = parseNanos(local);
  if (nanos === undefined || name !== undefined) return refused('Time', text);
  return new CypherTime(nanos, offset === undefined ? 0 : (offsetOf(offset) as number));
}

export function parseLocalDateTime(text: string): CypherLocalDateTime {
  const { day, nanos } = parseDayAndTime(text, text, 'LocalDateTime');
  return new CypherLocalDateTime(day, nanos);
}

/** `otherwise`: the zone of a text that has none. */
export function parseDateTime(text: string, otherwise: Zone): CypherDateTime {
  const at = text.indexOf('T');
  // A hyphen of the date is no offset.
  const { local, offset, name } = at < 0 ? splitName(text) : splitZone(text);
  const { day, nanos } = parseDayAndTime(local, text, 'DateTime');
  if (name === undefined) return atLocal(offset === undefined ? otherwise : (offsetOf(offset) as number), day, nanos);
  const zone = parseZone(name);
  if (offset === undefined) return atLocal(zone, day, nanos);
  const given = offsetOf(offset) as number;
  const placed = atLocal(zone, day, nanos, given);
  if (placed.offset === given && placed.nanos === nanos) return placed;
  throw failure('argumentError', `The offset ${offset} is none that the zone ${name} has at ${local}`);
}

function offsetOf(text: string): number | undefined {
  return /^z$/i.test(text) ? 0 : parseOffset(text);
}

function parseDayAndTime(local: string, text: string, type: string): { readonly day: number; readonly nanos: number } {
  const at = local.indexOf('T');
  const day = parseDay(at < 0 ? local : local.slice(0, at));
  const nanos = at < 0 ? 0 : parseNanos(local.slice(at + 1));
  return day === undefined || nanos === undefined ? refused(type, text) : { day, nanos };
}

// ---------------------------------------------------------------- durations

const NUMBER = '([+-]?\\d+(?:[.,]\\d+)?)';
const byUnits = new RegExp(`^([+-]?)P(?:${NUMBER}Y)?(?:${NUMBER}M)?(?:${NUMBER}W)?(?:${NUMBER}D)?(?:T(?:${NUMBER}H)?(?:${NUMBER}M)?(?:${NUMBER}S)?)?$`, 'i');
const byDate = /^([+-]?)P(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})(?:[.,](\d{1,9}))?$/i;

/** What the groups of `byUnits` after the sign are, and what their sum is named in errors. */
const units: readonly (Omit<DurationPart, 'count'> & { readonly name: string })[] = [
  { group: 0, factor: 12, name: 'months' },
  { group: 0, factor: 1, name: 'months' },
  { group: 1, factor: 7, name: 'days' },
  { group: 1, factor: 1, name: 'days' },
  { group: 2, factor: 3600, name: 'seconds' },
  { group: 2, factor: 60, name: 'seconds' },
  { group: 2, factor: 1, name: 'seconds' },
];

/** `P1Y2M3W4DT5H6M7.8S`, each part with a sign or a fraction; or `P2012-02-02T14:37:21.545`. */
export function parseDuration(text: string): CypherDuration {
  const found = byUnits.exec(text);
  return found !== null && /\d/.test(text) && !/T$/i.test(text) ? durationByUnits(found) : durationByDate(text);
}

function durationByUnits([, sign, ...written]: RegExpExecArray): CypherDuration {
  const numbers = units.map((_, at) => signed(written[at] ?? '0', sign === '-'));
  const [seconds = '0', fraction = ''] = numbers.at(-1)?.split('.') ?? [];
  const others = numbers.slice(0, -1);
  if (others.some((number) => number.includes('.'))) return durationOfFractions(numbers.map(countOf));
  const nanos = Number(`${seconds.startsWith('-') ? '-' : ''}${nanoDigits(fraction)}`);
  return fromParts([...partsOf([...others, seconds].map(countOf)), { group: 3, factor: 1, count: nanos }]);
}

/** Doubles, added as they follow each other; what is beyond them stays apart. */
function durationOfFractions(counts: readonly (number | bigint)[]): CypherDuration {
  const small = counts.map((count) => (typeof count === 'number' ? count : 0));
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = small;
  return fromParts([
    ...partsOf(counts).filter(({ count }) => typeof count === 'bigint'),
    { group: 0, factor: 1, count: years * 12 + months },
    { group: 1, factor: 1, count: weeks * 7 + days },
    { group: 2, factor: 1, count: (hours * 60 + minutes) * 60 + seconds },
  ]);
}

function partsOf(counts: readonly (number | bigint)[]): readonly DurationPart[] {
  return units.map(({ group, factor }, at) => ({ group, factor, count: counts[at] as number | bigint }));
}

/** Raises ArithmeticError for an integer beyond 64 bits. */
function countOf(number: string, at: number): number | bigint {
  if (number.includes('.')) return Number(number);
  const count = integerOfText(number) ?? undefined;
  if (count === undefined) throw tooLarge(units[at]?.name as string);
  return count;
}

/** With the sign of the whole text, and a point. */
function signed(number: string, isNegative: boolean): string {
  const isOpposite = number.startsWith('-') !== isNegative;
  return (isOpposite ? '-' : '') + number.replace(/^[+-]/, '').replace(',', '.');
}

function nanoDigits(fraction: string): string {
  return fraction.slice(0, 9).padEnd(9, '0');
}

function durationByDate(text: string): CypherDuration {
  const dated = byDate.exec(text);
  if (dated === null) return refused('Duration', text);
  const sign = dated[1] === '-' ? -1 : 1;
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = dated.slice(2, 8).map((part) => Number(part) * sign);
  inRange('MonthOfYear', Math.abs(months), 0, 12);
  const nanos = Number(nanoDigits(dated[8] ?? '')) * sign;
  return duration(years * 12 + months, days, (hours * 60 + minutes) * 60 + seconds, nanos);
}
