// The byte budget of one graph: everything the store keeps is counted here. At 90 % the pool refuses, before the
// process is in trouble, with an error that names the setting; the operation that asked is then undone as a whole.

import { failure } from '../errors/catalogue.js';

const REFUSE_ABOVE_FRACTION = 0.9;

export class MemoryPool {
  readonly budgetBytes: number;
  readonly #refuseAboveBytes: number;
  #usedBytes: number;

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
    this.#refuseAboveBytes = Math.floor(budgetBytes * REFUSE_ABOVE_FRACTION);
    this.#usedBytes = 0;
  }

  get usedBytes(): number {
    return this.#usedBytes;
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
