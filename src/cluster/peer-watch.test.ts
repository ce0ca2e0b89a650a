import { describe, expect, it } from 'vitest';
import { isMajority, watchedBy } from './peer-watch.js';

describe('who watches whom', () => {
  it('is the three behind in order of name, around the end', () => {
    const cores = ['e', 'b', 'a', 'd', 'c'];
    expect(watchedBy('a', cores)).toEqual(['b', 'c', 'd']);
    expect(watchedBy('c', cores)).toEqual(['d', 'e', 'a']);
    expect(watchedBy('e', cores)).toEqual(['a', 'b', 'c']);
  });

  it('is everybody else in a small cluster, and nobody alone', () => {
    expect(watchedBy('b', ['a', 'b', 'c'])).toEqual(['c', 'a']);
    expect(watchedBy('a', ['a'])).toEqual([]);
  });

  it('has three watchers for each of a hundred', () => {
    const cores = Array.from({ length: 100 }, (_, index) => `core${String(index).padStart(3, '0')}`);
    const watchers = new Map(cores.map((name) => [name, 0]));
    for (const self of cores) for (const name of watchedBy(self, cores)) watchers.set(name, (watchers.get(name) ?? 0) + 1);
    expect([...new Set(watchers.values())]).toEqual([3]);
  });
});

describe('a majority', () => {
  it.each([
    [1, 1, true],
    [1, 2, false],
    [2, 3, true],
    [1, 3, false],
    [2, 4, false],
    [3, 5, true],
    [2, 5, false],
  ])('%d of %d: %s', (votes, cores, expected) => {
    expect(isMajority(votes, cores)).toBe(expected);
  });
});
