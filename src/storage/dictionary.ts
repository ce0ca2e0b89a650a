// The strings and other values that do not fit a column's eight bytes.
//
// `Dictionary`: short strings ↔ small numbers; equal strings have equal numbers. It only grows, so all versions and drafts
// share it; strings of transactions that never committed may stay.
// `ValueHeap`: long strings, large integers and lists, by slot; slots are freed by the same epochs as pages.

import { assert } from '../base/assert.js';
import type { Value } from '../values/value.js';
import type { MemoryPool } from './memory-pool.js';

/** In UTF-16 units; longer strings go to the heap. */
export const DICTIONARY_STRING_UNITS_MAX = 64;
/** A Map entry, an array slot and a string header, measured about 90 bytes. */
const ENTRY_BYTES = 90;

export class Dictionary {
  readonly strings: string[];
  readonly #ids: Map<string, number>;
  readonly #pool: MemoryPool;

  constructor(pool: MemoryPool) {
    this.strings = [];
    this.#ids = new Map();
    this.#pool = pool;
  }

  /** −1 when unknown. */
  idOf(text: string): number {
    return this.#ids.get(text) ?? -1;
  }

  intern(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    this.#pool.take(ENTRY_BYTES + text.length * 2);
    const id = this.strings.length;
    this.strings.push(text);
    this.#ids.set(text, id);
    return id;
  }
}

export class ValueHeap {
  readonly values: (Value | undefined)[];
  readonly #stamps: number[];
  readonly #free: number[];
  readonly #pool: MemoryPool;

  constructor(pool: MemoryPool) {
    this.values = [];
    this.#stamps = [];
    this.#free = [];
    this.#pool = pool;
  }

  isOwned(slot: number, stamp: number): boolean {
    return this.#stamps[slot] === stamp;
  }

  allocate(value: Value, stamp: number): number {
    this.#pool.take(valueBytes(value));
    const slot = this.#free.pop() ?? this.values.length;
    this.values[slot] = value;
    this.#stamps[slot] = stamp;
    return slot;
  }

  free(slot: number): void {
    const value = this.values[slot];
    assert(value !== undefined, `value slot ${slot} is freed twice`);
    this.#pool.give(valueBytes(value));
    this.values[slot] = undefined;
    this.#stamps[slot] = -1;
    this.#free.push(slot);
  }
}

/** An estimate that is the same when the value is taken and when it is given back. */
function valueBytes(value: Value): number {
  if (typeof value === 'string') return 32 + value.length * 2;
  if (!Array.isArray(value)) return 32;
  let bytes = 32;
  for (const item of value as readonly Value[]) bytes += valueBytes(item);
  return bytes;
}
