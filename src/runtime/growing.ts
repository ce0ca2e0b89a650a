// What a reduce() makes step by step. It is measured when much was made, so that measuring costs no more than making.

import { add } from '../values/arithmetic.js';
import { checkListLength } from '../values/size.js';
import type { Value } from '../values/value.js';
import type { MemoryAccount } from './memory.js';

/** Bytes made before what they became is measured again. */
const UNMEASURED_BYTES_MAX = 2 ** 20;
const SLOT_BYTES = 16;

export class Growing {
  readonly #memory: MemoryAccount;
  readonly #base: number;
  #measured: number;
  #unmeasured: number;
  /** The list that `plus` made, which nobody else has. */
  #own: Value[] | undefined;

  constructor(memory: MemoryAccount) {
    this.#memory = memory;
    this.#base = memory.used;
    this.#measured = 0;
    this.#unmeasured = 0;
    this.#own = undefined;
  }

  /** `accumulator + value`, where nothing else refers to the accumulator: a list grows in its place, not by copies. */
  plus(accumulator: Value, value: Value): Value {
    if (!Array.isArray(accumulator) || value === null) return this.#memory.made(add(accumulator, value));
    if (accumulator !== this.#own) this.#own = [...(accumulator as readonly Value[])];
    const items = Array.isArray(value) ? (value as readonly Value[]) : [value];
    checkListLength(this.#own.length + items.length);
    this.#memory.take(items.length * SLOT_BYTES);
    for (const item of items) this.#own.push(item);
    return this.#own;
  }

  step(value: Value): void {
    const memory = this.#memory;
    const made = memory.used - this.#base - this.#measured;
    if (made === 0) return;
    this.#unmeasured += made;
    if (this.#unmeasured > 2 * this.#measured + UNMEASURED_BYTES_MAX) this.measure(value);
    else memory.used = this.#base + this.#measured;
  }

  measure(value: Value): void {
    const memory = this.#memory;
    memory.used = this.#base;
    this.#measured = memory.held(0, value);
    this.#unmeasured = 0;
  }
}
