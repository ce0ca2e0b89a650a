import { describe, expect, it } from 'vitest';
import type { GroupKey } from '../values/key.js';
import { KeyedMap, KeyedSet } from './keyed.js';

const kinds: readonly [string, (index: number) => GroupKey][] = [
  ['integers', (index) => index],
  ['negative and fractional numbers', (index) => -index / 4],
  ['bigints', (index) => 2n ** 60n + BigInt(index)],
  ['short strings', (index) => `k${index}`],
  ['long strings that differ early', (index) => `${index}${'x'.repeat(100)}`],
];

describe.each(kinds)('keyed by %s', (_name, key) => {
  it('a set knows what it has', () => {
    const set = new KeyedSet({ work: 0 });
    for (let index = 0; index < 20_000; index++) expect(set.add(key(index))).toBe(true);
    for (let index = 0; index < 20_000; index += 7) expect(set.add(key(index))).toBe(false);
    expect(set.add(key(20_000))).toBe(true);
    expect(set.size).toBe(20_001);
  });

  it('a map gives back what was put there, and all of it in order', () => {
    const map = new KeyedMap<number>({ work: 0 });
    for (let index = 0; index < 20_000; index++) map.set(key(index), index);
    for (let index = 0; index < 20_000; index += 7) expect(map.get(key(index))).toBe(index);
    expect(map.get(key(20_000))).toBeUndefined();
    expect([...map.values()]).toEqual(Array.from({ length: 20_000 }, (_, index) => index));
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
  for (let index = 0; index < 1_000_000; index++) set.add(index);
  expect(counter.work).toBeGreaterThan(1_000_000);
});
