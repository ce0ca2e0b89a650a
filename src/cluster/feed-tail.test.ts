import { describe, expect, it } from 'vitest';
import { FeedTail } from './feed-tail.js';

const payload = (bytes: number) => new Uint8Array(bytes);
const indexes = (entries: readonly { index: number }[] | undefined) => entries?.map(({ index }) => index);

describe('the tail of a feed', () => {
  it('gives what was published, from where it is asked', () => {
    const tail = new FeedTail(10_000);
    for (let index = 1; index <= 5; index++) tail.add('g', index, payload(10));
    expect(indexes(tail.read('g', 2, 4, 1000))).toEqual([2, 3, 4]);
    expect(indexes(tail.read('g', 2, 5, 20))).toEqual([2, 3]);
    expect(indexes(tail.read('g', 2, 5, 1))).toEqual([2]);
    expect(tail.read('other', 1, 5, 1000)).toBeUndefined();
  });

  it('is bounded over all graphs, and lets the oldest go first', () => {
    const tail = new FeedTail(10 * (100 + 128));
    for (let index = 1; index <= 500; index++) {
      tail.add('a', index, payload(100));
      if (index % 2 === 0) tail.add('b', index / 2, payload(100));
      expect(tail.bytes).toBeLessThanOrEqual(10 * (100 + 128));
    }
    expect(tail.read('a', 490, 500, 10_000)).toBeUndefined();
    expect(indexes(tail.read('a', 495, 500, 10_000))).toEqual([495, 496, 497, 498, 499, 500]);
    expect(indexes(tail.read('b', 248, 250, 10_000))).toEqual([248, 249, 250]);
  });

  it('keeps nothing of an entry that is larger than the whole bound, and goes on after it', () => {
    const tail = new FeedTail(1000);
    tail.add('a', 1, payload(2000));
    expect(tail.bytes).toBe(0);
    expect(tail.read('a', 1, 1, 10)).toBeUndefined();
    tail.add('a', 2, payload(10));
    expect(indexes(tail.read('a', 2, 2, 10))).toEqual([2]);
  });

  it('is contiguous: a graph that begins anew replaces what was there', () => {
    const tail = new FeedTail(10_000);
    for (const index of [1, 2, 3]) tail.add('a', index, payload(10));
    tail.add('b', 1, payload(10));
    tail.add('a', 1, payload(10));
    expect(indexes(tail.read('a', 1, 9, 1000))).toEqual([1]);
    tail.drop('a');
    expect(tail.read('a', 1, 9, 1000)).toBeUndefined();
    expect(tail.bytes).toBe(10 + 128);
  });
});
