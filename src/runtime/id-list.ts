// A list of ids that grows; what it holds is counted.

import type { MemoryAccount } from './memory.js';

const FIRST_LENGTH = 16;

export class IdList {
  ids: Int32Array;
  length: number;
  readonly #memory: MemoryAccount;

  constructor(memory: MemoryAccount) {
    this.ids = new Int32Array(FIRST_LENGTH);
    this.length = 0;
    this.#memory = memory;
    memory.take(this.ids.byteLength);
  }

  push(id: number): void {
    if (this.length === this.ids.length) this.#grow();
    this.ids[this.length++] = id;
  }

  at(index: number): number {
    return this.ids[index] as number;
  }

  release(): void {
    this.#memory.release(this.ids.byteLength);
  }

  #grow(): void {
    this.#memory.take(this.ids.byteLength);
    const ids = new Int32Array(this.ids.length * 2);
    ids.set(this.ids);
    this.ids = ids;
  }
}
