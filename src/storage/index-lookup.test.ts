// An index's ranges against `<` and its like, over values of every type that may be compared and of those that may not.

import { expect, it } from 'vitest';
import type { IndexBound } from '../graph/reader.js';
import { greaterOrEqual, greaterThan, lessOrEqual, lessThan } from '../values/compare.js';
import { CypherDate, CypherDateTime, CypherDuration, CypherLocalDateTime, CypherLocalTime, CypherTime } from '../values/temporal/types.js';
import { CypherFloat, type Value } from '../values/value.js';
import { IndexLookup } from './index-lookup.js';
import { emptyTree, insert } from './tree.js';

const days = [-1, 0, 19_000];
const values: readonly Value[] = [
  ...[-1, 0, 1, 2 ** 53 - 1, 2n ** 60n, new CypherFloat(0.5), new CypherFloat(Number.NEGATIVE_INFINITY), new CypherFloat(Number.NaN)],
  ...['', 'a', 'b', '\ud83d\ude00', true, false, [1], ['a'], [null]],
  ...days.map((day) => new CypherDate(day)),
  ...[0, 5, 86_399_999_999_999].map((nanos) => new CypherLocalTime(nanos)),
  ...[64_800, 0, -64_800].flatMap((offset) => [0, 5].map((nanos) => new CypherTime(nanos, offset))),
  ...days.map((day) => new CypherLocalDateTime(day, 7)),
  ...[64_800, 0, -64_800].flatMap((offset) => days.map((day) => new CypherDateTime(day, 7, offset))),
  new CypherDateTime(0, 7, 3600, 'Europe/Paris'),
  ...[1, 2].map((day) => new CypherDuration(0, day, 0, 0)),
];
const lookup = new IndexLookup(values.reduce((root, value, id) => insert(root, 1, ['x', value], id), emptyTree()));

function found(lower: IndexBound | undefined, upper: IndexBound | undefined, descending: boolean): readonly number[] {
  const ids: number[] = [];
  for (const cursor = lookup.range(['x'], lower, upper, descending); cursor.next(); ) ids.push(...cursor.ids.slice(cursor.start, cursor.end));
  return ids.sort((a, b) => a - b);
}

function compared(lower: IndexBound | undefined, upper: IndexBound | undefined): readonly number[] {
  const above = (value: Value) => lower === undefined || (lower.inclusive ? greaterOrEqual : greaterThan)(value, lower.value) === true;
  const below = (value: Value) => upper === undefined || (upper.inclusive ? lessOrEqual : lessThan)(value, upper.value) === true;
  return values.flatMap((value, id) => (above(value) && below(value) ? [id] : []));
}

it('a range finds what comparing finds, forwards and backwards', () => {
  const bounds = values.flatMap((value) => [true, false].map((inclusive): IndexBound => ({ value, inclusive })));
  const pairs: (readonly [IndexBound | undefined, IndexBound | undefined])[] = [
    ...bounds.flatMap((bound) => [[bound, undefined] as const, [undefined, bound] as const]),
    ...bounds.flatMap((lower) => bounds.map((upper) => [lower, upper] as const)),
  ];
  for (const [lower, upper] of pairs) {
    const wanted = compared(lower, upper);
    for (const descending of [false, true]) expect([lower, upper, found(lower, upper, descending)]).toEqual([lower, upper, wanted]);
  }
});
