// What is kept under a text, as long as the schema is the one it was made for, and it is not out of date by its own word; bounded, the
// least recently used goes.

import type { GraphReader } from '../graph/reader.js';
import type { GraphSchema } from '../graph/schema.js';

interface Kept<T> {
  readonly schema: GraphSchema;
  readonly value: T;
}

export class PlanCache<T extends { isStale(reader: GraphReader): boolean }> {
  readonly #kept: Map<string, Kept<T>>;
  readonly #countMax: number;

  constructor(countMax: number) {
    this.#kept = new Map();
    this.#countMax = countMax;
  }

  get(key: string, reader: GraphReader): T | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    // A Map keeps the order of insertion: what is used goes to its end.
    this.#kept.delete(key);
    if (kept.schema !== reader.readySchema || kept.value.isStale(reader)) return undefined;
    this.#kept.set(key, kept);
    return kept.value;
  }

  set(key: string, reader: GraphReader, value: T): void {
    this.#kept.set(key, { schema: reader.readySchema, value });
    if (this.#kept.size <= this.#countMax) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }
}
