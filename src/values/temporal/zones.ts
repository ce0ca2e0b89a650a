// Time zones: names and offsets to what they mean at a point in time. The rules are IANA's, from js-joda.

import '@js-joda/timezone';
import { LocalDateTime, ZoneId, ZoneOffset, type ZoneRules, ZoneRulesProvider } from '@js-joda/core';
import { failure } from '../../errors/catalogue.js';
import { excerpt } from '../excerpt.js';
import { calendarDate } from './calendar.js';
import { CypherDateTime, dayAndNanos, NANOS_PER_SECOND, OFFSET_SECONDS_MAX } from './types.js';

/** An offset in seconds, or the name of a zone. */
export type Zone = number | string;

export const UTC: Zone = 0;

interface KnownZone {
  readonly name: string;
  readonly rules: ZoneRules;
}

/** By the name as IANA writes it, which is how zones are stored: other spellings are looked up anew. */
const known = new Map<string, KnownZone>();
/** By the name in lower case: names are matched without case and written as IANA does. */
let names: ReadonlyMap<string, string> | undefined;

function find(name: string): KnownZone {
  const found = known.get(name);
  if (found !== undefined) return found;
  names ??= new Map(ZoneRulesProvider.getAvailableZoneIds().map((one) => [one.toLowerCase(), one]));
  const written = names.get(name.toLowerCase());
  if (written === undefined) throw failure('argumentError', `Invalid value for TimeZone: '${excerpt(name)}' is no time zone that is known.`);
  const zone = known.get(written) ?? { name: written, rules: ZoneId.of(written).rules() };
  known.set(written, zone);
  return zone;
}

/** `Z`, `+01:00`, `-0330`, `+01`, `+00:53:28`, `Europe/Stockholm`. Raises ArgumentError. */
export function parseZone(text: string): Zone {
  if (/^z$/i.test(text)) return 0;
  const offset = parseOffset(text);
  if (offset !== undefined) return offset;
  return find(text).name;
}

/** Undefined where it is none. */
export function parseOffset(text: string): number | undefined {
  const [, sign, hours, minutes, seconds] = /^([+-])(\d{1,2})(?::?([0-5]\d)(?::?([0-5]\d))?)?$/.exec(text) ?? [];
  if (hours === undefined) return undefined;
  const size = Number(hours) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  if (size > OFFSET_SECONDS_MAX) throw failure('argumentError', `Zone offset not in valid range: -18:00 to +18:00: ${text}`);
  return sign === '-' ? -size + 0 : size;
}

/** At a local time. In a gap the clock is set forward by it, as java.time does; where a time comes twice, `preferred`, or the earlier. */
export function atLocal(zone: Zone, epochDay: number, nanos: number, preferred?: number): CypherDateTime {
  if (typeof zone === 'number') return new CypherDateTime(epochDay, nanos, zone);
  const { name, rules } = find(zone);
  const local = jodaLocal(epochDay, nanos);
  const offsets = rules.validOffsets(local).map((offset) => offset.totalSeconds());
  if (offsets.length > 0) {
    const offset = preferred !== undefined && offsets.includes(preferred) ? preferred : (offsets[0] as number);
    return new CypherDateTime(epochDay, nanos, offset, name);
  }
  const transition = rules.transition(local);
  const before = transition.offsetBefore().totalSeconds();
  const after = transition.offsetAfter().totalSeconds();
  const moved = dayAndNanos(BigInt(epochDay) * 86_400n + BigInt(Math.floor(nanos / NANOS_PER_SECOND) + after - before), nanos % NANOS_PER_SECOND);
  return new CypherDateTime(moved.epochDay, moved.nanos, after, name);
}

/** At so many seconds (in UTC) after 1970. */
export function atInstant(zone: Zone, epochSeconds: bigint, nanoOfSecond: number): CypherDateTime {
  const offset = typeof zone === 'number' ? zone : offsetAt(zone, epochSeconds);
  const { epochDay, nanos } = dayAndNanos(epochSeconds + BigInt(offset), nanoOfSecond);
  return new CypherDateTime(epochDay, nanos, offset, typeof zone === 'number' ? undefined : find(zone).name);
}

/** The offset that a zone had at that instant: of the local times around it, the one that is the instant. */
function offsetAt(zone: string, epochSeconds: bigint): number {
  const { rules } = find(zone);
  const { epochDay, nanos } = dayAndNanos(epochSeconds, 0);
  const utc = jodaLocal(epochDay, nanos);
  return rules.offsetOfInstant(utc.toInstant(ZoneOffset.UTC)).totalSeconds();
}

/** The rules of far years repeat every 400 years, and js-joda knows years up to a million. */
function jodaLocal(epochDay: number, nanos: number): LocalDateTime {
  const { year, month, day } = calendarDate(epochDay);
  const near = Math.abs(year) <= 9999 ? year : (year > 0 ? 9600 : -9600) + (((year % 400) + 400) % 400);
  const seconds = Math.floor(nanos / NANOS_PER_SECOND);
  return LocalDateTime.of(near, month, day, Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, nanos % NANOS_PER_SECOND);
}

/** `Z`, `+01:00`, `+00:53:28`. */
export function offsetText(seconds: number): string {
  if (seconds === 0) return 'Z';
  const size = Math.abs(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const rest = size % 60 === 0 ? '' : `:${two(size % 60)}`;
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}:${two(Math.floor(size / 60) % 60)}${rest}`;
}

export function zoneOf(value: CypherDateTime): Zone {
  return value.zone ?? value.offset;
}
