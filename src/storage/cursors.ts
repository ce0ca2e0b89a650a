// Scans over the pages of a state: all nodes, all relationships, all nodes with a label; ascending by id, in chunks.

import { type IdCursor, SCAN_CHUNK_MAX } from '../graph/reader.js';
import type { Heap } from './heap.js';
import type { PageTable } from './page-table.js';

/** Ids whose record of `recordInts` int32 does not begin with 0; a page holds 2^pageShift records. */
export class RecordCursor implements IdCursor {
  readonly ids: Int32Array;
  readonly start: number;
  end: number;
  readonly #ints: Int32Array;
  readonly #table: PageTable;
  readonly #pageShift: number;
  #slot: number;

  constructor(heap: Heap, table: PageTable, pageShift: number) {
    this.ids = new Int32Array(1 << pageShift);
    this.start = 0;
    this.end = 0;
    this.#ints = heap.arena.ints;
    this.#table = table;
    this.#pageShift = pageShift;
    this.#slot = 0;
  }

  next(): boolean {
    const slotCount = this.#table.slotCount;
    while (this.#slot < slotCount) {
      const slot = this.#slot;
      const page = this.#table.page(this.#ints, slot);
      this.#slot = page === 0 && this.#table.top[slot >>> 10] === 0 ? (slot | 1023) + 1 : slot + 1;
      if (page !== 0 && this.#fill(page, slot)) return true;
    }
    return false;
  }

  #fill(page: number, slot: number): boolean {
    const { ids } = this;
    const ints = this.#ints;
    const first = slot * 2 ** this.#pageShift;
    const recordInts = 1024 >>> this.#pageShift;
    const end = first + ids.length;
    let count = 0;
    // Written in any case, and kept where there is a record: quicker than a branch.
    for (let id = first, at = page * 1024; id < end; id++, at += recordInts) {
      ids[count] = id;
      count += ints[at] === 0 ? 0 : 1;
    }
    this.end = count;
    return count > 0;
  }
}

/** A word of a bitmap with every bit set. */
const ALL = -1;
const noIds = new Int32Array(0);

/** Ids of the bits that are set in a bitmap; 32768 to a page. */
export class BitmapCursor implements IdCursor {
  readonly ids: Int32Array;
  readonly start: number;
  end: number;
  readonly #ints: Int32Array;
  readonly #table: PageTable | undefined;
  #word: number;

  constructor(heap: Heap, table: PageTable | undefined) {
    this.ids = table === undefined ? noIds : new Int32Array(SCAN_CHUNK_MAX);
    this.start = 0;
    this.end = 0;
    this.#ints = heap.arena.ints;
    this.#table = table;
    this.#word = 0;
  }

  next(): boolean {
    if (this.#table === undefined) return false;
    let count = 0;
    const wordCount = this.#table.slotCount * 1024;
    while (this.#word < wordCount && count <= SCAN_CHUNK_MAX - 1024) {
      const slot = this.#word >>> 10;
      const page = this.#table.page(this.#ints, slot);
      if (page !== 0) count = this.#fill(page, count);
      else this.#word = (this.#table.top[slot >>> 10] === 0 ? (slot | 1023) + 1 : slot + 1) * 1024;
    }
    this.end = count;
    return count > 0;
  }

  /** Takes words of one page while a full word would still fit. */
  #fill(page: number, from: number): number {
    const { ids } = this;
    let count = from;
    const pageEnd = (Math.floor(this.#word / 1024) + 1) * 1024;
    while (this.#word < pageEnd && count <= SCAN_CHUNK_MAX - 32) {
      let bits = this.#ints[page * 1024 + (this.#word & 1023)] as number;
      const first = this.#word * 32;
      if (bits === ALL) {
        for (let place = 0; place < 32; place++) ids[count++] = first + place;
        bits = 0;
      }
      while (bits !== 0) {
        const lowest = bits & -bits;
        ids[count++] = first + (31 - Math.clz32(lowest));
        bits ^= lowest;
      }
      this.#word += 1;
    }
    return count;
  }
}
