// Ids in the order in which a walk found them. The arrays go from walk to walk, since a small walk takes less time than a new array.
//
// True of an `IdQueue` that is taken: nobody else has it. One that is never given back is collected.

import type { MemoryAccount } from './memory.js';

const FIRST_LENGTH = 1024;
/** Queues that wait for the next walk, and the longest that is worth it. */
const KEPT_MAX = 4;
const KEPT_LENGTH_MAX = 1 << 20;

const kept: IdQueue[] = [];

export class IdQueue {
  /** `ids[0 … length)`: what the middle loops write themselves, after `reserve`. */
  ids: Int32Array;
  length: number;
  #memory: MemoryAccount | undefined;

  private constructor() {
    this.ids = new Int32Array(FIRST_LENGTH);
    this.length = 0;
  }

  /** What it holds counts in `memory`. */
  static take(memory: MemoryAccount): IdQueue {
    const queue = kept.pop() ?? new IdQueue();
    memory.take(queue.ids.byteLength);
    queue.#memory = memory;
    queue.length = 0;
    return queue;
  }

  giveBack(): void {
    this.#memory?.release(this.ids.byteLength);
    this.#memory = undefined;
    if (kept.length < KEPT_MAX && this.ids.length <= KEPT_LENGTH_MAX) kept.push(this);
  }

  /** So that `ids` has places for so many more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.ids.length) return;
    let length = this.ids.length;
    while (length < needed) length *= 2;
    this.#memory?.take((length - this.ids.length) * 4);
    const ids = new Int32Array(length);
    ids.set(this.ids.subarray(0, this.length));
    this.ids = ids;
  }

  push(id: number): void {
    this.reserve(1);
    this.ids[this.length++] = id;
  }
}
