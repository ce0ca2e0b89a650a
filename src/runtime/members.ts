// Whether a list has an item: asked for row after row, mostly of the same list. Strings and integers, which most items are, are found in
// a set, which is made once the list was asked a few times; others are compared one by one.

import type { Value } from '../values/value.js';
import type { MemoryAccount } from './memory.js';

/** Bytes of an entry in a Set, measured. */
const ENTRY_BYTES = 40;
/** Shorter ones are looked through. */
export const FEW = 8;
/** Before it is worth making the set. */
const ASKED = 4;

export class Members {
  /** What is to be compared where the set does not have the item. */
  others: readonly Value[];
  readonly items: readonly Value[];
  readonly #memory: MemoryAccount;
  #set: Set<Value> | undefined;
  #asked: number;

  constructor(items: readonly Value[], memory: MemoryAccount) {
    this.items = items;
    this.others = [];
    this.#memory = memory;
    this.#set = undefined;
    this.#asked = 0;
  }

  /** Asked once for each row. */
  get wantsSet(): boolean {
    return this.#asked < ASKED && ++this.#asked === ASKED;
  }

  /** Pauses after so many items; there is no set where too many items are of other kinds. */
  *makeSet(itemsAtOnce: number): Generator<undefined, void> {
    const { items } = this;
    // There is room, or there is not; it is held as long as the list, which is counted.
    this.#memory.checkRoom(ENTRY_BYTES * items.length);
    const set = new Set<Value>();
    const others: Value[] = [];
    for (let from = 0; from < items.length; from += itemsAtOnce) {
      for (const item of items.slice(from, from + itemsAtOnce)) {
        if (isPlain(item)) set.add(item);
        else others.push(item);
      }
      if (others.length > itemsAtOnce) return;
      yield;
    }
    this.#set = set;
    this.others = others;
  }

  /** Whether `has` and `others` together answer for this item. */
  answersFor(item: Value): boolean {
    return this.#set !== undefined && isPlain(item);
  }

  has(item: Value): boolean {
    return this.#set?.has(item) === true;
  }
}

/** Equal to nothing of its own type but itself. */
function isPlain(item: Value): boolean {
  return typeof item === 'string' || typeof item === 'number';
}
