// Durations from components, which may have fractions.

import { failure } from '../../errors/catalogue.js';
import { excerpt } from '../excerpt.js';
import { toText } from '../text.js';
import { CypherFloat, type CypherMap, type Value } from '../value.js';
import { type DurationPart, fromParts } from './duration.js';
import type { CypherDuration } from './types.js';

const months: Readonly<Record<string, number>> = { years: 12, quarters: 3, months: 1 };
const days: Readonly<Record<string, number>> = { weeks: 7, days: 1 };
const seconds: Readonly<Record<string, number>> = { hours: 3600, minutes: 60, seconds: 1 };
const nanos: Readonly<Record<string, number>> = { milliseconds: 1_000_000, microseconds: 1000, nanoseconds: 1 };
const groups = [months, days, seconds, nanos];

export function buildDuration(map: CypherMap): CypherDuration {
  const parts: DurationPart[] = [];
  for (const [key, value] of map) {
    const name = key.toLowerCase();
    const group = groups.findIndex((one) => Object.hasOwn(one, name));
    if (group < 0) throw failure('argumentError', `No such field: ${excerpt(key)}. A Duration takes ${groups.flatMap(Object.keys).join(', ')}.`);
    if (value !== null) parts.push({ group, factor: groups[group]?.[name] as number, count: amount(key, value) });
  }
  return fromParts(parts);
}

function amount(key: string, value: Value): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof CypherFloat && Number.isFinite(value.value)) return value.value;
  throw failure('argumentError', `${key} must be a number, but was ${excerpt(toText(value))}`);
}
