// Pages of 4 KB inside one fixed SharedArrayBuffer, reserved at the start and touched page by page (growable
// buffers are 2–18 times slower). A page is a number; page 0 is for ever zero and stands for "nothing here".
//
//   page p = ints[p · 1024 … ) = floats[p · 512 … ) = bytes[p · 4096 … )
//
// Each page carries the stamp of the fork that allocated it: a fork writes only to pages with its own stamp. A free page
// has stamp FREE, so freeing twice and using after freeing are noticed; with poisoning on, its content is a pattern too.

import { assert } from '../base/assert.js';
import type { MemoryPool } from './memory-pool.js';

export const PAGE_BYTES = 4096;
export const PAGE_INTS = 1024;
const FREE = -1;
/** As an id or offset it is far out of range, as a float64 a strange number. */
export const POISON = 0x7bad7bad;

export class Arena {
  readonly ints: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
  readonly #stamps: Float64Array;
  readonly #pool: MemoryPool;
  readonly #poison: boolean;
  readonly #pageCount: number;
  #nextFresh: number;
  readonly #free: number[];

  constructor(pool: MemoryPool, poison: boolean) {
    this.#pageCount = Math.max(2, Math.floor(pool.budgetBytes / PAGE_BYTES));
    const buffer = new SharedArrayBuffer(this.#pageCount * PAGE_BYTES);
    this.ints = new Int32Array(buffer);
    this.floats = new Float64Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.#stamps = new Float64Array(this.#pageCount);
    this.#stamps[0] = 0;
    this.#pool = pool;
    this.#poison = poison;
    this.#nextFresh = 1;
    this.#free = [];
  }

  isOwned(page: number, stamp: number): boolean {
    return this.#stamps[page] === stamp;
  }

  isAllocated(page: number): boolean {
    return page > 0 && page < this.#nextFresh && this.#stamps[page] !== FREE;
  }

  get allocatedPageCount(): number {
    return this.#nextFresh - 1 - this.#free.length;
  }

  /** A page with the content of `source` (zeros for page 0). Raises MemoryPoolOutOfMemory. */
  allocateCopy(source: number, stamp: number): number {
    this.#pool.take(PAGE_BYTES);
    let page = this.#free.pop();
    const fresh = page === undefined;
    if (page === undefined) {
      page = this.#nextFresh++;
      assert(page < this.#pageCount, 'the pool refuses before the arena is full');
    }
    this.#stamps[page] = stamp;
    const to = page * PAGE_INTS;
    if (source !== 0) this.ints.copyWithin(to, source * PAGE_INTS, source * PAGE_INTS + PAGE_INTS);
    else if (!fresh) this.ints.fill(0, to, to + PAGE_INTS);
    return page;
  }

  /** Only when no reader can reach it any more. */
  free(page: number): void {
    assert(this.isAllocated(page), `page ${page} is freed twice`);
    this.#stamps[page] = FREE;
    if (this.#poison) this.ints.fill(POISON, page * PAGE_INTS, (page + 1) * PAGE_INTS);
    this.#free.push(page);
    this.#pool.give(PAGE_BYTES);
  }
}
