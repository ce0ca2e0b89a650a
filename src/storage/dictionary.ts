// The strings and other values that do not fit a column's eight bytes.
//
// `Dictionary`: short strings ↔ small numbers; equal strings have equal numbers. Each place in a version or draft where the number
// stands is counted, from when it is written until the epochs say that nobody can read it (as with pages). A string that
// stands nowhere is forgotten at once. Its number is given to another string only when no reader is left who may have looked it
// up before: compiled code compares numbers.
// `ValueHeap`: long strings, large integers and lists, by slot; slots are freed by the same epochs as pages.

import { assert } from '../base/assert.js';
import { CypherBytes } from '../values/simple-value.js';
import type { Value } from '../values/value.js';
import type { MemoryPool } from './memory-pool.js';

/** In UTF-16 units; longer strings go to the heap. */
export const DICTIONARY_STRING_UNITS_MAX = 64;
/** A Map entry, an array slot and a string header, measured about 90 bytes. */
const ENTRY_BYTES = 90;

export class Dictionary {
  readonly strings: (string | undefined)[];
  readonly #counts: number[];
  readonly #ids: Map<string, number>;
  readonly #pool: MemoryPool;
  /** Numbers without a string that some reader may still hold, oldest first, … */
  readonly #retired: { readonly id: number; readonly sequence: number }[];
  /** … and those that nobody does. */
  readonly #free: number[];
  /** Of the newest version that readers may have been given. */
  sequence: number;

  constructor(pool: MemoryPool) {
    this.strings = [];
    this.#counts = [];
    this.#ids = new Map();
    this.#pool = pool;
    this.#retired = [];
    this.#free = [];
    this.sequence = 0;
  }

  get size(): number {
    return this.#ids.size;
  }

  /** −1 when unknown. */
  idOf(text: string): number {
    return this.#ids.get(text) ?? -1;
  }

  /** The number for one place more. Raises MemoryPoolOutOfMemory. */
  acquire(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) {
      this.#counts[known] = (this.#counts[known] as number) + 1;
      return known;
    }
    this.#pool.take(entryBytes(text));
    const id = this.#free.pop() ?? this.strings.length;
    this.strings[id] = text;
    this.#counts[id] = 1;
    this.#ids.set(text, id);
    return id;
  }

  /** One place less. */
  release(id: number): void {
    const text = this.strings[id];
    const count = this.#counts[id] as number;
    assert(text !== undefined && count > 0, `string ${id} is released too often`);
    this.#counts[id] = count - 1;
    if (count > 1) return;
    this.#ids.delete(text);
    this.strings[id] = undefined;
    this.#retired.push({ id, sequence: this.sequence });
    this.#pool.give(entryBytes(text));
  }

  /** Only readers of versions from `oldest` on are left. */
  recycle(oldest: number): void {
    const waiting = this.#retired.findIndex(({ sequence }) => sequence >= oldest);
    for (const { id } of this.#retired.splice(0, waiting < 0 ? this.#retired.length : waiting)) this.#free.push(id);
  }
}

function entryBytes(text: string): number {
  return ENTRY_BYTES + text.length * 2;
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
  if (value instanceof CypherBytes) return 32 + value.bytes.length;
  if (!Array.isArray(value)) return 32;
  let bytes = 32;
  for (const item of value as readonly Value[]) bytes += valueBytes(item);
  return bytes;
}
