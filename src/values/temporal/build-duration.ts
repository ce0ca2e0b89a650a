// Durations from components, which may have fractions.

import { failure } from '../../errors/catalogue.js';
import { toText } from '../text.js';
import { CypherFloat, type CypherMap, type Value } from '../value.js';
import { approximate, duration } from './duration.js';
import type { CypherDuration } from './types.js';

const months: Readonly<Record<string, number>> = { years: 12, quarters: 3, months: 1 };
const days: Readonly<Record<string, number>> = { weeks: 7, days: 1 };
const seconds: Readonly<Record<string, number>> = { hours: 3600, minutes: 60, seconds: 1 };
const nanos: Readonly<Record<string, number>> = { milliseconds: 1_000_000, microseconds: 1000, nanoseconds: 1 };
const groups = [months, days, seconds, nanos];

export function buildDuration(map: CypherMap): CypherDuration {
  const given: (readonly [number, number, number | bigint])[] = [];
  for (const [key, value] of map) {
    const name = key.toLowerCase();
    const group = groups.findIndex((one) => Object.hasOwn(one, name));
    if (group < 0) throw failure('argumentError', `No such field: ${key}. A Duration takes ${groups.flatMap(Object.keys).join(', ')}.`);
    if (value !== null) given.push([group, groups[group]?.[name] as number, amount(key, value)]);
  }
  if (given.every(([, , count]) => typeof count === 'bigint' || Number.isSafeInteger(count))) {
    const sum = (group: number) => given.reduce((total, [of, factor, count]) => (of === group ? total + BigInt(count) * BigInt(factor) : total), 0n);
    return duration(sum(0), sum(1), sum(2), sum(3));
  }
  const sum = (group: number) => given.reduce((total, [of, factor, count]) => (of === group ? total + Number(count) * factor : total), 0);
  return approximate(sum(0), sum(1), sum(2), sum(3));
}

function amount(key: string, value: Value): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof CypherFloat && Number.isFinite(value.value)) return value.value;
  throw failure('argumentError', `${key} must be a number, but was ${toText(value)}`);
}
