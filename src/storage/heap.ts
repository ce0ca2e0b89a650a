// The memory of one graph, shared by all its versions and drafts.

import { Arena } from './arena.js';
import { Dictionary, ValueHeap } from './dictionary.js';
import { MemoryPool } from './memory-pool.js';
import { SegmentHeap } from './segments.js';

export class Heap {
  readonly pool: MemoryPool;
  readonly arena: Arena;
  readonly segments: SegmentHeap;
  readonly dictionary: Dictionary;
  readonly values: ValueHeap;
  #lastStamp: number;

  constructor(budgetBytes: number, poison: boolean) {
    this.pool = new MemoryPool(budgetBytes);
    this.arena = new Arena(this.pool, poison);
    this.segments = new SegmentHeap(this.pool, poison);
    this.dictionary = new Dictionary(this.pool);
    this.values = new ValueHeap(this.pool);
    this.#lastStamp = 0;
  }

  /** A number that no fork of this graph had before. */
  newStamp(): number {
    this.#lastStamp += 1;
    return this.#lastStamp;
  }
}
