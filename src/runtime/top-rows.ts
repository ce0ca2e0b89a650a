// The first `limit` rows in an order, kept in a heap whose top is the last of them.

import type { Value } from '../values/value.js';

export type Kept = readonly (Value | number)[];

export class TopRows {
  readonly #limit: number;
  readonly #compare: (a: Kept, b: Kept) => number;
  readonly #heap: { readonly row: Kept; readonly order: number }[];
  #arrived: number;

  constructor(limit: number, compare: (a: Kept, b: Kept) => number) {
    this.#limit = limit;
    this.#compare = compare;
    this.#heap = [];
    this.#arrived = 0;
  }

  /** True when the row is kept. */
  add(row: Kept): boolean {
    if (this.#limit === 0) return false;
    const entry = { row, order: this.#arrived++ };
    if (this.#heap.length < this.#limit) {
      this.#heap.push(entry);
      this.#up(this.#heap.length - 1);
      return true;
    }
    if (this.#before(this.#heap[0] as typeof entry, entry)) return false;
    this.#heap[0] = entry;
    this.#down(0);
    return true;
  }

  rows(): readonly Kept[] {
    return [...this.#heap].sort((a, b) => (this.#before(a, b) ? -1 : 1)).map((entry) => entry.row);
  }

  #before(a: { readonly row: Kept; readonly order: number }, b: { readonly row: Kept; readonly order: number }): boolean {
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

  #at(index: number): { readonly row: Kept; readonly order: number } {
    return this.#heap[index] as { readonly row: Kept; readonly order: number };
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#at(b), this.#at(a)];
  }
}
