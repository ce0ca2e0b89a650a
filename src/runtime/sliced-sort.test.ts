import { describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { SlicedSort } from './sliced-sort.js';

describe('a sort in steps', () => {
  it.each([0, 1, 2, 2047, 2048, 2049, 4096, 4097, 6144, 20_000])('is stable and whole: %i rows', (count) => {
    const random = seededRandom(count + 1);
    const rows = Array.from({ length: count }, (_, order) => ({ key: random.next() % 100, order }));
    const expected = [...rows].sort((a, b) => a.key - b.key);
    const sort = new SlicedSort([...rows], (a, b) => a.key - b.key);
    let steps = 1;
    while (!sort.step()) steps++;
    expect(sort.rows).toEqual(expected);
    expect(steps).toBeGreaterThanOrEqual(Math.ceil(count / 4096));
  });
});
