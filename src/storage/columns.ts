// Property values by entity id: a tag byte and eight bytes for each, over a page table (layout in page-table.ts).
// Reading is two loads of the table and one of the page, without allocation.

import { type PropertyColumn, TAG_FALSE, TAG_FLOAT, TAG_INTEGER, TAG_NULL, TAG_OTHER, TAG_STRING, TAG_TRUE } from '../graph/reader.js';
import { CypherFloat, type Value } from '../values/value.js';
import { DICTIONARY_STRING_UNITS_MAX } from './dictionary.js';
import type { Fork } from './fork.js';
import type { Heap } from './heap.js';
import { PageTable } from './page-table.js';

const noTable = PageTable.empty();

/** One class for versions and drafts, so that compiled code sees one shape. */
export class StoredColumn implements PropertyColumn {
  readonly #ints: Int32Array;
  readonly #floats: Float64Array;
  readonly #bytes: Uint8Array;
  readonly #heap: Heap;
  #top: PageTable;

  constructor(heap: Heap, table: PageTable | undefined) {
    this.#ints = heap.arena.ints;
    this.#floats = heap.arena.floats;
    this.#bytes = heap.arena.bytes;
    this.#heap = heap;
    this.#top = table ?? noTable;
  }

  /** A draft's writes replace the table; columns handed out before go on reading the newest. */
  rebind(table: PageTable | undefined): void {
    this.#top = table ?? noTable;
  }

  tag(id: number): number {
    const top = this.#top.top;
    const place = id >>> 18;
    if (place >= top.length) return TAG_NULL;
    const page = this.#ints[(top[place] as number) * 1024 + ((id >>> 8) & 0x3f0) + 8] as number;
    return this.#bytes[page * 4096 + (id & 4095)] as number;
  }

  number(id: number): number {
    const top = this.#top.top;
    const place = id >>> 18;
    if (place >= top.length) return 0;
    const page = this.#ints[(top[place] as number) * 1024 + ((id >>> 8) & 0x3f0) + ((id >>> 9) & 7)] as number;
    return this.#floats[page * 512 + (id & 511)] as number;
  }

  value(id: number): Value {
    return decode(this.#heap, this.tag(id), this.number(id));
  }

  decoded(tag: number, number: number): Value {
    return decode(this.#heap, tag, number);
  }

  gather(ids: Int32Array, start: number, end: number, tags: Uint8Array, numbers: Float64Array | null): void {
    const [ints, floats, bytes, top] = [this.#ints, this.#floats, this.#bytes, this.#top.top];
    for (let at = start; at < end; ) {
      const first = ids[at] as number;
      const block = first >>> 9;
      const place = first >>> 18;
      const table = place < top.length ? (top[place] as number) * 1024 + ((first >>> 8) & 0x3f0) : 0;
      // Ids of one block of 512 are on the same pages; where none is left out, their values are one run.
      const tagAt = (ints[table + 8] as number) * 4096 + (first & 4095);
      const numberAt = (ints[table + (block & 7)] as number) * 512 + (first & 511);
      const count = Math.min(end - at, 512 - (first & 511));
      if ((ids[at + count - 1] as number) - first === count - 1) {
        tags.set(bytes.subarray(tagAt, tagAt + count), at);
        numbers?.set(floats.subarray(numberAt, numberAt + count), at);
        at += count;
        continue;
      }
      for (let id = first; id >>> 9 === block; id = ids[at] as number) {
        tags[at] = bytes[tagAt + id - first] as number;
        if (numbers !== null) numbers[at] = floats[numberAt + id - first] as number;
        if (++at === end) return;
      }
    }
  }

  gatherScattered(ids: Int32Array, start: number, end: number, tags: Uint8Array, numbers: Float64Array | null): void {
    const [ints, floats, bytes, top] = [this.#ints, this.#floats, this.#bytes, this.#top.top];
    for (let at = start; at < end; at++) {
      const id = ids[at] as number;
      const place = id >>> 18;
      const table = place < top.length ? (top[place] as number) * 1024 + ((id >>> 8) & 0x3f0) : 0;
      tags[at] = bytes[(ints[table + 8] as number) * 4096 + (id & 4095)] as number;
      if (numbers !== null) numbers[at] = floats[(ints[table + ((id >>> 9) & 7)] as number) * 512 + (id & 511)] as number;
    }
  }
}

export function readProperty(heap: Heap, table: PageTable | undefined, id: number): Value {
  if (table === undefined) return null;
  const { ints, floats, bytes } = heap.arena;
  const group = (id >>> 12) * 16;
  const tag = bytes[table.page(ints, group + 8) * 4096 + (id & 4095)] as number;
  if (tag === TAG_NULL) return null;
  return decode(heap, tag, floats[table.page(ints, group + ((id >>> 9) & 7)) * 512 + (id & 511)] as number);
}

export function hasProperty(heap: Heap, table: PageTable | undefined, id: number): boolean {
  if (table === undefined) return false;
  return heap.arena.bytes[table.page(heap.arena.ints, (id >>> 12) * 16 + 8) * 4096 + (id & 4095)] !== TAG_NULL;
}

function decode(heap: Heap, tag: number, number: number): Value {
  switch (tag) {
    case TAG_NULL:
      return null;
    case TAG_INTEGER: {
      // As a small integer where it is one: V8 would box the float in whatever keeps it.
      const small = number | 0;
      return small === number ? small : number;
    }
    case TAG_FLOAT:
      return new CypherFloat(number);
    case TAG_FALSE:
      return false;
    case TAG_TRUE:
      return true;
    case TAG_STRING:
      return heap.dictionary.strings[number] as string;
    default:
      return heap.values.values[number] as Value;
  }
}

/** Writes one value; null removes. */
export function writeProperty(fork: Fork, group: (PageTable | undefined)[], key: number, id: number, value: Value): void {
  const { ints, floats, bytes } = fork.heap.arena;
  const before = group[key];
  if (value === null && !hasProperty(fork.heap, before, id)) return;
  const slot = (id >>> 12) * 16;
  const numberSlot = slot + ((id >>> 9) & 7);
  const table = fork.ownTableIn(group, key);
  const tagAt = fork.writablePage(table, slot + 8) * 4096 + (id & 4095);
  const old = bytes[tagAt];
  if (old === TAG_OTHER) fork.releaseValue(floats[table.page(ints, numberSlot) * 512 + (id & 511)] as number);
  else if (old === TAG_STRING) fork.releaseString(floats[table.page(ints, numberSlot) * 512 + (id & 511)] as number);
  // Until the new value stands, the old slot must not be reachable: a full pool may end us in between.
  bytes[tagAt] = TAG_NULL;
  const tag = tagOf(value);
  if (tag === TAG_INTEGER || tag === TAG_FLOAT || tag === TAG_STRING || tag === TAG_OTHER) {
    floats[fork.writablePage(table, numberSlot) * 512 + (id & 511)] = numberOf(fork, tag, value);
  }
  bytes[tagAt] = tag;
  // Without tags nobody reads the numbers of the group.
  if (tag === TAG_NULL && fork.dropPageIfEmpty(table, slot + 8)) for (let place = 0; place < 8; place++) fork.dropPage(table, slot + place);
}

function tagOf(value: Value): number {
  switch (typeof value) {
    case 'number':
      return TAG_INTEGER;
    case 'boolean':
      return value ? TAG_TRUE : TAG_FALSE;
    case 'string':
      return value.length <= DICTIONARY_STRING_UNITS_MAX ? TAG_STRING : TAG_OTHER;
    default:
      if (value === null) return TAG_NULL;
      return value instanceof CypherFloat ? TAG_FLOAT : TAG_OTHER;
  }
}

function numberOf(fork: Fork, tag: number, value: Value): number {
  if (tag === TAG_INTEGER) return value as number;
  if (tag === TAG_FLOAT) return (value as CypherFloat).value;
  return tag === TAG_STRING ? fork.acquireString(value as string) : fork.allocateValue(value);
}
