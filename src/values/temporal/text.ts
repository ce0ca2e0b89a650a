// Temporal values as ISO 8601 text, as java.time writes it.

import { unreachable } from '../../base/assert.js';
import { calendarDate } from './calendar.js';
import { CypherDate, CypherDateTime, CypherDuration, CypherLocalDateTime, CypherLocalTime, CypherTime, NANOS_PER_SECOND, type Temporal } from './types.js';
import { offsetText } from './zones.js';

export function temporalText(value: Temporal): string {
  if (value instanceof CypherDate) return dateText(value.epochDay);
  if (value instanceof CypherLocalTime) return timeText(value.nanos);
  if (value instanceof CypherTime) return timeText(value.nanos) + offsetText(value.offset);
  if (value instanceof CypherLocalDateTime) return `${dateText(value.epochDay)}T${timeText(value.nanos)}`;
  if (value instanceof CypherDateTime) {
    const zone = value.zone === undefined ? '' : `[${value.zone}]`;
    return `${dateText(value.epochDay)}T${timeText(value.nanos)}${offsetText(value.offset)}${zone}`;
  }
  if (value instanceof CypherDuration) return durationText(value);
  return unreachable(value);
}

/** `1984-10-11`; years of other than four digits have a sign. */
export function dateText(epochDay: number): string {
  const { year, month, day } = calendarDate(epochDay);
  const digits = String(Math.abs(year)).padStart(4, '0');
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${digits}-${two(month)}-${two(day)}`;
}

/** `12:31`, `12:31:14`, `12:31:14.645`: as long as it must be, the fraction in groups of three digits. */
export function timeText(nanos: number): string {
  const seconds = Math.floor(nanos / NANOS_PER_SECOND);
  const fraction = nanos % NANOS_PER_SECOND;
  const minutes = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  if (seconds % 60 === 0 && fraction === 0) return minutes;
  if (fraction === 0) return `${minutes}:${two(seconds % 60)}`;
  const digits = String(fraction).padStart(9, '0');
  return `${minutes}:${two(seconds % 60)}.${digits.endsWith('000000') ? digits.slice(0, 3) : digits.endsWith('000') ? digits.slice(0, 6) : digits}`;
}

/** `P1Y2M10DT2H30M`, `PT-0.5S`, `PT0S`. */
export function durationText({ months, days, seconds, nanos }: CypherDuration): string {
  let text = 'P';
  const part = (count: bigint, letter: string) => {
    if (count !== 0n) text += `${count}${letter}`;
  };
  part(BigInt(months) / 12n, 'Y');
  part(BigInt(months) % 12n, 'M');
  part(BigInt(days), 'D');
  // Seconds and their fraction of one sign.
  const borrowed = BigInt(seconds) < 0n && nanos > 0;
  const whole = borrowed ? BigInt(seconds) + 1n : BigInt(seconds);
  const fraction = borrowed ? NANOS_PER_SECOND - nanos : nanos;
  if (whole !== 0n || fraction !== 0) {
    text += 'T';
    part(whole / 3600n, 'H');
    part((whole / 60n) % 60n, 'M');
    const rest = whole % 60n;
    if (rest !== 0n || fraction !== 0) {
      const sign = rest < 0n || (borrowed && fraction !== 0) ? '-' : '';
      const digits = fraction === 0 ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`;
      text += `${sign}${rest < 0n ? -rest : rest}${digits}S`;
    }
  }
  return text === 'P' ? 'PT0S' : text;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
