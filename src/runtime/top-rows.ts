// The first `limit` rows in an order, kept in a heap whose top is the last of them.

import type { Value } from '../values/value.js';
import type { MemoryAccount } from './memory.js';
import { SlicedSort } from './sliced-sort.js';

export type Kept = readonly (Value | number)[];

export interface Entry {
  readonly row: Kept;
  readonly order: number;
  readonly bytes: number;
}

export class TopRows {
  readonly #memory: MemoryAccount;
  readonly #limit: number;
  readonly #compare: (a: Kept, b: Kept) => number;
  readonly #heap: Entry[];
  #arrived: number;

  constructor(memory: MemoryAccount, limit: number, compare: (a: Kept, b: Kept) => number) {
    this.#memory = memory;
    this.#limit = limit;
    this.#compare = compare;
    this.#heap = [];
    this.#arrived = 0;
  }

  add(row: Kept): void {
    if (this.#limit === 0) return;
    const order = this.#arrived++;
    const last = this.#heap[0];
    if (last === undefined || this.#heap.length < this.#limit) {
      this.#heap.push({ row, order, bytes: this.#memory.heldRow(0, row) });
      this.#up(this.#heap.length - 1);
    } else if (this.#compare(row, last.row) < 0) {
      // Of equal rows the earlier one stays.
      this.#heap[0] = { row, order, bytes: this.#memory.heldRow(last.bytes, row) };
      this.#down(0);
    }
  }

  /** The kept rows, about to be in order. */
  sorting(): SlicedSort<Entry> {
    return new SlicedSort([...this.#heap], (a, b) => this.#compare(a.row, b.row) || a.order - b.order);
  }

  #before(a: Entry, b: Entry): boolean {
    const order = this.#compare(a.row, b.row);
    return order === 0 ? a.order < b.order : order < 0;
  }

  #up(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(this.#at(parent), this.#at(at))) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number): void {
    let at = from;
    for (;;) {
      const left = at * 2 + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const child = right < this.#heap.length && this.#before(this.#at(left), this.#at(right)) ? right : left;
      if (!this.#before(this.#at(at), this.#at(child))) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #at(index: number): Entry {
    return this.#heap[index] as Entry;
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#at(b), this.#at(a)];
  }
}
