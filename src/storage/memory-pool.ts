// The byte budget of one graph: everything the store keeps is counted here. At 90 % the pool refuses, before the
// process is in trouble, with an error that names the setting; the operation that asked is then undone as a whole. What
// deletes may go up to 98 %: it copies pages before it can give any back, and a full graph must be able to get smaller.

import { failure } from '../errors/catalogue.js';

const REFUSE_ABOVE_FRACTION = 0.9;
const REFUSE_DELETES_ABOVE_FRACTION = 0.98;

export class MemoryPool {
  readonly budgetBytes: number;
  #refuseAboveBytes: number;
  #usedBytes: number;

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
    this.#refuseAboveBytes = Math.floor(budgetBytes * REFUSE_ABOVE_FRACTION);
    this.#usedBytes = 0;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Runs what lets the graph shrink, in one go. */
  whileDeleting(act: () => void): void {
    const before = this.#refuseAboveBytes;
    this.#refuseAboveBytes = Math.floor(this.budgetBytes * REFUSE_DELETES_ABOVE_FRACTION);
    try {
      act();
    } finally {
      this.#refuseAboveBytes = before;
    }
  }

  /** Raises MemoryPoolOutOfMemory and takes nothing when 90 % would be passed. */
  take(bytes: number): void {
    if (this.#usedBytes + bytes > this.#refuseAboveBytes) {
      throw failure(
        'memoryPoolOutOfMemory',
        `The graph would use more than 90 % of its memory budget of ${this.budgetBytes} bytes. Raise the setting memory.graph_bytes, or delete data.`,
      );
    }
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
