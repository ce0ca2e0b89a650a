// What a running query holds: counted roughly, bounded by `memory.query_bytes`.

import { failure } from '../errors/catalogue.js';
import type { Value } from '../values/value.js';

const SLOT_BYTES = 16;

export class MemoryAccount {
  readonly #limitBytes: number;
  #usedBytes: number;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#usedBytes = 0;
  }

  take(bytes: number): void {
    this.#usedBytes += bytes;
    if (this.#usedBytes <= this.#limitBytes) return;
    throw failure(
      'memoryPoolOutOfMemory',
      `The query needs more memory than it may take: memory.query_bytes is ${this.#limitBytes}. Return or group less, or raise the setting.`,
    );
  }

  /** A kept row of `slots` values. */
  row(slots: number): void {
    this.take(32 + slots * SLOT_BYTES);
  }

  /** A kept value: strings and lists by their size. */
  value(value: Value): void {
    this.take(SLOT_BYTES + (typeof value === 'string' ? value.length * 2 : Array.isArray(value) ? value.length * SLOT_BYTES : 0));
  }
}
