// A list that is the same for a whole execution, and whether it has an item: asked for row after row. Strings and integers, which most
// items are, are found in a set, which is made once it was asked a few times; others are compared one by one.

import type { Value } from '../values/value.js';
import type { MemoryAccount } from './memory.js';

/** Bytes of an entry in a Set, measured. */
const ENTRY_BYTES = 40;
/** Shorter ones are looked through. */
const SHORT = 8;
/** Before it is worth making the set. */
const ASKED = 4;

export class Members {
  /** What is to be compared where the set does not have the item. */
  others: readonly Value[];
  readonly #items: readonly Value[];
  readonly #memory: MemoryAccount;
  #set: Set<Value> | undefined;
  #asked: number;

  /** What is no list has no members: whoever asks says so. */
  constructor(list: Value, memory: MemoryAccount) {
    this.#items = Array.isArray(list) ? (list as readonly Value[]) : [];
    this.others = [];
    this.#memory = memory;
    this.#set = undefined;
    this.#asked = 0;
  }

  /** Asked once for each row. */
  get wantsSet(): boolean {
    return this.#asked < ASKED && ++this.#asked === ASKED && this.#items.length > SHORT;
  }

  /** Pauses after so many items; there is no set where too many items are of other kinds. */
  *makeSet(itemsAtOnce: number): Generator<undefined, void> {
    const set = new Set<Value>();
    const others: Value[] = [];
    for (let from = 0; from < this.#items.length; from += itemsAtOnce) {
      const some = this.#items.slice(from, from + itemsAtOnce);
      for (const item of some) {
        if (isPlain(item)) set.add(item);
        else others.push(item);
      }
      if (others.length > itemsAtOnce) return;
      this.#memory.take(ENTRY_BYTES * some.length);
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
