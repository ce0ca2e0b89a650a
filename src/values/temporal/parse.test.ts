import { expect, it } from 'vitest';
import { fieldOf } from './fields.js';
import { parseDateTime, parseDuration, parseLocalDateTime, parseTime } from './parse.js';
import { temporalText } from './text.js';
import { UTC } from './zones.js';

it.each([
  ['P1Y2M3W4DT5H6M7.8S', 'P1Y2M25DT5H6M7.8S'],
  ['-P1Y-2M', 'P-10M'],
  ['-PT-1.5S', 'PT1.5S'],
  ['PT-0.5S', 'PT-0.5S'],
  ['-PT0,5S', 'PT-0.5S'],
  ['P1.5Y3M', 'P1Y9M'],
  ['P0.5D', 'PT12H'],
  ['P1.0DT0.9S', 'P1DT0.9S'],
  ['P9007199254740993D', 'P9007199254740993D'],
  ['P9007199254740993M', 'P750599937895082Y9M'],
  ['PT9007199254740993S', 'PT2501999792983H36M33S'],
  ['P9007199254740993DT0.000000001S', 'P9007199254740993DT0.000000001S'],
  ['P9007199254740993DT0.5H', 'P9007199254740993DT30M'],
  ['P9223372036854775807D', 'P9223372036854775807D'],
  ['-P9223372036854775808D', 'P-9223372036854775808D'],
  ['P0000000000000000000000001D', 'P1D'],
  ['P2012-02-02T14:37:21.545', 'P2012Y2M2DT14H37M21.545S'],
])('%s is %s', (text, expected) => {
  expect(temporalText(parseDuration(text))).toBe(expected);
});

it.each([308, 310, 1_000_000])('a part of %i digits does not fit', (count) => {
  const digits = '9'.repeat(count);
  for (const [text, part] of [
    [`P${digits}Y`, 'months'],
    [`P${digits}D`, 'days'],
    [`PT${digits}H`, 'seconds'],
    [`PT${digits}S`, 'seconds'],
    [`-PT${digits}.5S`, 'seconds'],
    [`P${digits}DT0.5H`, 'days'],
  ] as const) {
    expect(() => parseDuration(text)).toThrow(`The ${part} of a duration do not fit 64 bits`);
  }
});

it.each([
  ['12:00+01:00', '12:00+01:00'],
  ['12:00z', '12:00Z'],
  ['12:00-00:53:28', '12:00-00:53:28'],
  ['T120000+0130', '12:00+01:30'],
])('%s is the time %s', (text, expected) => {
  expect(temporalText(parseTime(text))).toBe(expected);
});

it.each([
  ['2024-03-31T12:00', '2024-03-31T12:00Z'],
  ['2024-03-31', '2024-03-31T00:00Z'],
  ['2024-03-31[Europe/Stockholm]', '2024-03-31T00:00+01:00[Europe/Stockholm]'],
  ['2024-03-31T12:00[europe/stockholm]', '2024-03-31T12:00+02:00[Europe/Stockholm]'],
  ['2024-03-31T12:00+02:00[Europe/Stockholm]', '2024-03-31T12:00+02:00[Europe/Stockholm]'],
])('%s is the date-time %s', (text, expected) => {
  expect(temporalText(parseDateTime(text, UTC))).toBe(expected);
});

it('a text that goes on after the time is none', () => {
  expect(() => parseLocalDateTime('2024-03-31T12:00T13')).toThrow('cannot be parsed to a LocalDateTime');
});

it('what is no time is refused in one walk, and shown in part', () => {
  const began = performance.now();
  for (const one of ['[', 'T', ']', 'T[', 'T+01[']) {
    const text = `${one.repeat(200_000)}]x`;
    for (const parse of [parseTime, parseLocalDateTime, (given: string) => parseDateTime(given, UTC)]) {
      expect(() => parse(text)).toThrow(/cannot be parsed to a \w+\n".{100}…"/s);
      expect(() => parse(text.slice(0, -1))).toThrow();
    }
  }
  expect(performance.now() - began).toBeLessThan(2000);
  const at = `2024-01-01T00:00[${'x'.repeat(32_000)}]`;
  expect(() => parseDateTime(at, UTC)).toThrow(`'${'x'.repeat(100)}…' is no time zone`);
});

it('a component that no INTEGER holds is an error', () => {
  const last = parseDateTime('+999999999-12-31T23:59:59.999999999Z', UTC);
  expect(fieldOf(last, 'epochSeconds')).toBe(31_556_889_832_780_799n);
  expect(() => fieldOf(last, 'epochMillis')).toThrow('epochMillis is 31556889832780799999 here');
  expect(fieldOf(parseDateTime('+292278994-08-17T07:12:55.807Z', UTC), 'epochMillis')).toBe(2n ** 63n - 1n);
  expect(() => fieldOf(parseDuration('PT9223372036854775807S'), 'nanoseconds')).toThrow('does not fit 64 bits');
  expect(fieldOf(parseDuration('PT1S'), 'constructor')).toBeUndefined();
});
