import { describe, expect, it } from 'vitest';
import type { GroupKey } from '../values/key.js';
import { CypherFloat, type Value } from '../values/value.js';
import { KeyedCounts, KeyedMap, KeyedSet, PLACE_FULL } from './keyed.js';

const kinds: readonly [string, (index: number) => GroupKey][] = [
  ['integers', (index) => index],
  ['negative and fractional numbers', (index) => -index / 4],
  ['bigints', (index) => 2n ** 60n + BigInt(index)],
  ['short strings', (index) => `k${index}`],
  ['long strings that differ early', (index) => `${index}${'x'.repeat(100)}`],
];

describe.each(kinds)('keyed by %s', (_name, key) => {
  const keys = Array.from({ length: 20_000 }, (_, index) => key(index));

  it('a set knows what it has', () => {
    const set = new KeyedSet({ work: 0 });
    expect(keys.every((one) => set.add(one))).toBe(true);
    expect(keys.some((one) => set.add(one))).toBe(false);
    expect(set.add(key(20_000))).toBe(true);
    expect(set.size).toBe(20_001);
  });

  it('a map gives back what was put there, and all of it in order', () => {
    const map = new KeyedMap<number>({ work: 0 });
    keys.forEach((one, index) => {
      map.set(one, index);
    });
    expect(keys.every((one, index) => map.get(one) === index)).toBe(true);
    expect(map.get(key(20_000))).toBeUndefined();
    expect([...map.values()].every((value, index) => value === index)).toBe(true);
  });
});

it('null, NaN, true and 0 are keys of their own', () => {
  const set = new KeyedSet({ work: 0 });
  for (let index = 1; index < 10_000; index++) set.add(index);
  for (const key of [null, Number.NaN, true, false, 0]) expect([set.add(key), set.add(key)]).toEqual([true, false]);
});

it('says what work it is to grow', () => {
  const counter = { work: 0 };
  const set = new KeyedSet(counter);
  for (let index = 0; index < 200_000; index++) set.add(index);
  expect(counter.work).toBeGreaterThan(200_000);
});

describe('counts', () => {
  const counted = (...values: readonly Value[]) => {
    const counts = new KeyedCounts({ work: 0 });
    const isNew = values.map((value) => counts.add(value));
    return { isNew, groups: [...counts.groups()] };
  };

  it('are kept of every kind of value', () => {
    const { isNew, groups } = counted('a', 7, null, -7, 7, 'a', 70_000, null);
    expect(isNew).toEqual([true, true, true, true, false, false, true, false]);
    expect(groups).toEqual([
      [7, 2],
      ['a', 2],
      [null, 2],
      [-7, 1],
      [70_000, 1],
    ]);
  });

  it('go beyond 32 bits', () => {
    const counts = new KeyedCounts({ work: 0 });
    counts.places[5] = PLACE_FULL - 1;
    expect([counts.add(5), counts.add(5), counts.add(new CypherFloat(5))]).toEqual([false, false, true]);
    expect([...counts.groups()]).toEqual([[5, PLACE_FULL + 2]]);
  });

  it('are one for 1 and 1.0, and floats alone stay floats', () => {
    const [one, two] = [new CypherFloat(1), new CypherFloat(2)];
    expect(counted(one, 1, one, two, two).groups).toEqual([
      [1, 3],
      [two, 2],
    ]);
  });
});
