// Segments of the two flat edge arrays: `neighbours[i]` and `relationships[i]` belong together. A segment has a capacity of
// a power of two, from 4 slots; its handle is its first slot. Freed ones are kept by capacity and split when a
// smaller one is needed. Like pages, each has the stamp of the fork that allocated it.
//
// Both arrays are as large as the whole budget allows and touched only where used; the shared pool keeps the sum within it.
// `blockWrittenBy` says for each block of 1024 slots which fork last appended to a run there, so that what is written in
// place is known like a copied page (SAFETY 2).

import { assert } from '../base/assert.js';
import { POISON } from './arena.js';
import type { MemoryPool } from './memory-pool.js';

const SLOT_BYTES = 8;
const CAPACITY_MIN_LOG2 = 2;
const FREE = -1;

export class SegmentHeap {
  readonly neighbours: Int32Array;
  readonly relationships: Int32Array;
  readonly blockWrittenBy: Float64Array;
  /** One for each 4 slots; the first of a segment counts. */
  readonly #stamps: Float64Array;
  readonly #pool: MemoryPool;
  readonly #poison: boolean;
  readonly #free: number[][];
  #nextFresh: number;

  constructor(pool: MemoryPool, poison: boolean) {
    const slotCount = Math.max(64, Math.floor(pool.budgetBytes / SLOT_BYTES));
    this.neighbours = new Int32Array(new SharedArrayBuffer(slotCount * 4));
    this.relationships = new Int32Array(new SharedArrayBuffer(slotCount * 4));
    this.blockWrittenBy = new Float64Array((slotCount >>> 10) + 1);
    this.#stamps = new Float64Array((slotCount >>> CAPACITY_MIN_LOG2) + 1);
    this.#pool = pool;
    this.#poison = poison;
    this.#free = Array.from({ length: 31 }, () => []);
    this.#nextFresh = 0;
  }

  isOwned(segment: number, stamp: number): boolean {
    return this.#stamps[segment >>> CAPACITY_MIN_LOG2] === stamp;
  }

  isAllocated(segment: number): boolean {
    return segment < this.#nextFresh && this.#stamps[segment >>> CAPACITY_MIN_LOG2] !== FREE;
  }

  /** `capacity` from `capacityFor`. Raises MemoryPoolOutOfMemory. */
  allocate(capacity: number, stamp: number): number {
    this.#pool.take(capacity * SLOT_BYTES);
    const segment = this.#takeFree(capacity) ?? this.#takeFresh(capacity);
    if (segment === undefined) {
      // What is left is in pieces too small: the same to the user as a full pool.
      this.#pool.give(capacity * SLOT_BYTES);
      this.#pool.take(Number.POSITIVE_INFINITY);
      throw new Error('the pool refuses an infinite need');
    }
    this.#stamps[segment >>> CAPACITY_MIN_LOG2] = stamp;
    return segment;
  }

  #takeFree(capacity: number): number | undefined {
    const wanted = log2(capacity);
    for (let size = wanted; size < this.#free.length; size++) {
      const segment = (this.#free[size] as number[]).pop();
      if (segment === undefined) continue;
      for (let half = size - 1; half >= wanted; half--) {
        const upper = segment + 2 ** half;
        this.#stamps[upper >>> CAPACITY_MIN_LOG2] = FREE;
        (this.#free[half] as number[]).push(upper);
      }
      return segment;
    }
    return undefined;
  }

  #takeFresh(capacity: number): number | undefined {
    const segment = this.#nextFresh;
    if (segment + capacity > this.neighbours.length) return undefined;
    this.#nextFresh = segment + capacity;
    return segment;
  }

  free(segment: number, capacity: number): void {
    assert(this.isAllocated(segment), `segment ${segment} is freed twice`);
    this.#stamps[segment >>> CAPACITY_MIN_LOG2] = FREE;
    if (this.#poison) {
      this.neighbours.fill(POISON, segment, segment + capacity);
      this.relationships.fill(POISON, segment, segment + capacity);
    }
    (this.#free[log2(capacity)] as number[]).push(segment);
    this.#pool.give(capacity * SLOT_BYTES);
  }
}

/** The least capacity that holds `count` slots. */
export function capacityFor(count: number): number {
  return count <= 4 ? 4 : 2 ** (32 - Math.clz32(count - 1));
}

function log2(capacity: number): number {
  return 31 - Math.clz32(capacity);
}
