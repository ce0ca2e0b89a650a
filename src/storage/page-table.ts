// Slots → pages, in two levels, so that changing one page copies that page and one page of the table:
//
//   top[slot >> 10] = a page of 1024 page numbers,  [slot & 1023] = the page        (0 = nothing there)
//
// The layouts over it, by entity id:
//   labels         1 int32 a node: label set + 1, 0 = no such node          slot = id >> 10
//   adjacency      8 int32 a node, see adjacency.ts                         slot = id >> 7
//   relationships  4 int32: type + 1 (0 = none), start, end, 0              slot = id >> 8
//   label bitmap   1 bit a node; of a type, a relationship                  slot = id >> 15
//   property       groups of 4096 ids have 16 slots: 8 pages of float64 numbers, 1 page of tag bytes, 7 unused

import type { Arena } from './arena.js';

const noTop = new Int32Array(0);

export class PageTable {
  readonly owner: number;
  top: Int32Array;

  constructor(owner: number, top: Int32Array) {
    this.owner = owner;
    this.top = top;
  }

  static empty(): PageTable {
    return new PageTable(0, noTop);
  }

  copyFor(owner: number): PageTable {
    return new PageTable(owner, this.top.slice());
  }

  page(ints: Int32Array, slot: number): number {
    const place = slot >>> 10;
    return place < this.top.length ? (ints[(this.top[place] as number) * 1024 + (slot & 1023)] as number) : 0;
  }

  get slotCount(): number {
    return this.top.length * 1024;
  }

  /** Every page it uses, those of the table itself too. */
  *pages(arena: Arena): Generator<number> {
    for (const middle of this.top) {
      if (middle === 0) continue;
      yield middle;
      for (let index = 0; index < 1024; index++) {
        const page = arena.ints[middle * 1024 + index] as number;
        if (page !== 0) yield page;
      }
    }
  }
}
