// Scans over the pages of a state: all nodes, all relationships, all nodes with a label; ascending by id, in chunks.

import { type IdCursor, SCAN_CHUNK_MAX } from '../graph/reader.js';
import type { Heap } from './heap.js';
import type { PageTable } from './page-table.js';

/** The integers from 0: chunks in which no id is missing are parts of it, and need not be written. For graphs up to so many ids. */
const INTEGERS_MAX = 1 << 22;
let integers = new Int32Array(0);

/** The ids from `first` to before `end`, which INTEGERS_MAX bounds. */
function idsBetween(first: number, end: number): Int32Array {
  if (end > integers.length) {
    integers = new Int32Array(Math.min(INTEGERS_MAX, 2 ** (33 - Math.clz32(end))));
    for (let id = 0; id < integers.length; id++) integers[id] = id;
  }
  return integers.subarray(first, end);
}

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
const CHUNK_WORDS = SCAN_CHUNK_MAX / 32;
const noIds = new Int32Array(0);

/** Ids of the bits that are set in a bitmap; 32768 to a page. */
export class BitmapCursor implements IdCursor {
  ids: Int32Array;
  readonly start: number;
  end: number;
  readonly #own: Int32Array;
  readonly #ints: Int32Array;
  readonly #table: PageTable | undefined;
  #word: number;

  /** `from`: words that have only ids below it are left out. */
  constructor(heap: Heap, table: PageTable | undefined, from = 0) {
    this.#own = table === undefined ? noIds : new Int32Array(SCAN_CHUNK_MAX);
    this.ids = this.#own;
    this.start = 0;
    this.end = 0;
    this.#ints = heap.arena.ints;
    this.#table = table;
    this.#word = Math.floor(from / 32);
  }

  next(): boolean {
    if (this.#table === undefined) return false;
    if (this.#isWhole(this.#table)) return true;
    let count = 0;
    this.ids = this.#own;
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

  /** Whether no id of the next chunk is missing, which then is the current one. */
  #isWhole(table: PageTable): boolean {
    const first = this.#word * 32;
    const end = first + SCAN_CHUNK_MAX;
    const at = this.#word & 1023;
    if (at + CHUNK_WORDS > 1024 || end > INTEGERS_MAX) return false;
    const ints = this.#ints;
    const words = table.page(ints, this.#word >>> 10) * 1024 + at;
    for (let word = words; word < words + CHUNK_WORDS; word++) if (ints[word] !== ALL) return false;
    this.ids = idsBetween(first, end);
    this.end = SCAN_CHUNK_MAX;
    this.#word += CHUNK_WORDS;
    return true;
  }

  /** Takes words of one page while a full word would still fit. */
  #fill(page: number, from: number): number {
    const ids = this.#own;
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
