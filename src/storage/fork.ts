// A writable copy of a version's state. Nothing the version uses is touched: the first write to a page, segment or table
// makes the fork's own copy, and the replaced one is remembered. A fork ends in one of two ways:
//
//   settle()   its state is a published version; what it replaced is freed once no older version can be read
//   abandon()  everything it allocated is freed at once; the base never knew
//
// `chained` forks become the next version, so they may append to a segment beyond its visible length in place.
// Forks of transactions may not: they move a segment before they write to it (SAFETY 2).

import type { Value } from '../values/value.js';
import type { Heap } from './heap.js';
import type { PageTable } from './page-table.js';
import { PageTable as Table } from './page-table.js';
import { State } from './state.js';
import type { StoredIndex } from './stored-index.js';

/** What a fork replaced: page numbers, (segment, capacity) pairs, slots of the value heap, and numbers of strings, one for each place. */
export class MemoryList {
  readonly pages: number[] = [];
  readonly segments: number[] = [];
  readonly values: number[] = [];
  readonly strings: number[] = [];

  free(heap: Heap): void {
    for (const page of this.pages) heap.arena.free(page);
    for (let index = 0; index < this.segments.length; index += 2) {
      heap.segments.free(this.segments[index] as number, this.segments[index + 1] as number);
    }
    for (const slot of this.values) heap.values.free(slot);
    for (const id of this.strings) heap.dictionary.release(id);
  }
}

export class Fork {
  readonly heap: Heap;
  readonly stamp: number;
  readonly chained: boolean;
  readonly state: State;
  readonly replaced: MemoryList;
  /** What the fork allocated and has not given back. */
  readonly #ownPages: Set<number>;
  readonly #ownSegments: Map<number, number>;
  readonly #ownValues: Set<number>;
  /** One for each place written, also where it was replaced since. */
  readonly #ownStrings: number[];
  /** Nodes deleted by this fork, for the check that none keeps relationships. */
  readonly deletedNodes: Set<number>;
  /** Whoever was given labels or properties while the state had rules for such entities. */
  readonly touchedNodes: Set<number>;
  readonly touchedRelationships: Set<number>;
  /** Called after a table of properties was replaced by the fork's own. */
  readonly #tableReplaced: () => void;
  #open: boolean;

  constructor(heap: Heap, base: State, chained: boolean, tableReplaced: () => void = () => {}) {
    this.heap = heap;
    this.stamp = heap.newStamp();
    this.chained = chained;
    this.state = new State(base);
    this.replaced = new MemoryList();
    this.#ownPages = new Set();
    this.#ownSegments = new Map();
    this.#ownValues = new Set();
    this.#ownStrings = [];
    this.deletedNodes = new Set();
    this.touchedNodes = new Set();
    this.touchedRelationships = new Set();
    this.#tableReplaced = tableReplaced;
    this.#open = true;
  }

  /** Its state became a published version: what it allocated is no longer its to give back. */
  settle(): void {
    this.#open = false;
  }

  /** Idempotent, and without effect after `settle`. */
  abandon(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const page of this.#ownPages) this.heap.arena.free(page);
    for (const [segment, capacity] of this.#ownSegments) this.heap.segments.free(segment, capacity);
    for (const slot of this.#ownValues) this.heap.values.free(slot);
    for (const id of this.#ownStrings) this.heap.dictionary.release(id);
  }

  // Tables. Each returns a table that the fork may write through `writablePage`.

  ownTable(name: 'labels' | 'adjacency' | 'relationships'): PageTable {
    const table = this.state[name];
    if (table.owner === this.stamp) return table;
    const own = table.copyFor(this.stamp);
    this.state[name] = own;
    return own;
  }

  ownTableIn(group: (PageTable | undefined)[], index: number): PageTable {
    while (group.length <= index) group.push(undefined);
    const table = group[index];
    if (table?.owner === this.stamp) return table;
    const own = (table ?? Table.empty()).copyFor(this.stamp);
    group[index] = own;
    this.#tableReplaced();
    return own;
  }

  /** The fork's own page under `slot`, copied from what was there. */
  writablePage(table: PageTable, slot: number): number {
    const { ints } = this.heap.arena;
    const place = slot >>> 10;
    if (place >= table.top.length) {
      const grown = new Int32Array(place + 1);
      grown.set(table.top);
      table.top = grown;
    }
    let middle = table.top[place] as number;
    if (!this.heap.arena.isOwned(middle, this.stamp)) {
      middle = this.#copyPage(middle);
      table.top[place] = middle;
    }
    const at = middle * 1024 + (slot & 1023);
    let page = ints[at] as number;
    if (!this.heap.arena.isOwned(page, this.stamp)) {
      page = this.#copyPage(page);
      ints[at] = page;
    }
    return page;
  }

  /** After a removal from the fork's own page under `slot`: a page of zeros is given back. True when it was. */
  dropPageIfEmpty(table: PageTable, slot: number): boolean {
    const { ints } = this.heap.arena;
    const page = table.page(ints, slot);
    if (page === 0 || !isZero(ints, page)) return false;
    this.dropPage(table, slot);
    return true;
  }

  /** The part of the table above it is the fork's own already. */
  dropPage(table: PageTable, slot: number): void {
    const { ints } = this.heap.arena;
    const page = table.page(ints, slot);
    if (page === 0) return;
    const middle = table.top[slot >>> 10] as number;
    ints[middle * 1024 + (slot & 1023)] = 0;
    this.#releasePage(page);
    if (!isZero(ints, middle)) return;
    table.top[slot >>> 10] = 0;
    this.#releasePage(middle);
  }

  #releasePage(page: number): void {
    if (this.#ownPages.delete(page)) this.heap.arena.free(page);
    else this.replaced.pages.push(page);
  }

  #copyPage(page: number): number {
    const copy = this.heap.arena.allocateCopy(page, this.stamp);
    this.#ownPages.add(copy);
    if (page !== 0) this.replaced.pages.push(page);
    return copy;
  }

  // Segments of the edge arrays.

  ownsSegment(segment: number): boolean {
    return this.heap.segments.isOwned(segment, this.stamp);
  }

  allocateSegment(capacity: number): number {
    const segment = this.heap.segments.allocate(capacity, this.stamp);
    this.#ownSegments.set(segment, capacity);
    return segment;
  }

  releaseSegment(segment: number, capacity: number): void {
    if (this.#ownSegments.delete(segment)) this.heap.segments.free(segment, capacity);
    else this.replaced.segments.push(segment, capacity);
  }

  // The value heap.

  allocateValue(value: Value): number {
    const slot = this.heap.values.allocate(value, this.stamp);
    this.#ownValues.add(slot);
    return slot;
  }

  releaseValue(slot: number): void {
    if (this.#ownValues.delete(slot)) this.heap.values.free(slot);
    else this.replaced.values.push(slot);
  }

  // The dictionary.

  acquireString(text: string): number {
    const id = this.heap.dictionary.acquire(text);
    this.#ownStrings.push(id);
    return id;
  }

  releaseString(id: number): void {
    this.replaced.strings.push(id);
  }

  // Names.

  labelId(name: string): number {
    const known = this.state.labelNames.idOf(name);
    if (known >= 0) return known;
    if (this.state.labelNames.owner !== this.stamp) this.state.labelNames = this.state.labelNames.copyFor(this.stamp);
    return this.state.labelNames.add(name);
  }

  typeId(name: string): number {
    const known = this.state.typeNames.idOf(name);
    if (known >= 0) return known;
    if (this.state.typeNames.owner !== this.stamp) this.state.typeNames = this.state.typeNames.copyFor(this.stamp);
    return this.state.typeNames.add(name);
  }

  keyId(name: string): number {
    const known = this.state.keyNames.idOf(name);
    if (known >= 0) return known;
    if (this.state.keyNames.owner !== this.stamp) this.state.keyNames = this.state.keyNames.copyFor(this.stamp);
    return this.state.keyNames.add(name);
  }

  /** `labels` ascending and distinct. */
  labelSetId(labels: readonly number[]): number {
    const known = this.state.labelSets.idOf(labels);
    if (known >= 0) return known;
    if (this.state.labelSets.owner !== this.stamp) this.state.labelSets = this.state.labelSets.copyFor(this.stamp);
    return this.state.labelSets.add(labels);
  }

  /** For the end of the transaction. */
  noteTouched(entity: 'node' | 'relationship', id: number): void {
    if (!this.state.rules.some((rule) => rule.constraint.entity === entity)) return;
    (entity === 'node' ? this.touchedNodes : this.touchedRelationships).add(id);
  }

  /** The fork's own index at this position of the state's list. */
  ownIndex(position: number): StoredIndex {
    const index = this.state.indexes[position] as StoredIndex;
    if (index.owner === this.stamp) return index;
    const own = index.copyFor(this.stamp);
    this.state.indexes[position] = own;
    return own;
  }
}

function isZero(ints: Int32Array, page: number): boolean {
  const stop = page * 1024 + 1024;
  for (let at = page * 1024; at < stop; at++) if (ints[at] !== 0) return false;
  return true;
}
