// Integers that were met a short while ago, so that a scan passes over those that it meets again in one loop of its own: V8 makes better
// code of a plain function than of the loop in a generator that it is called from.

import { TAG_INTEGER } from '../graph/reader.js';

/** A power of two: an integer has one place, by its lowest bits. */
const PLACES = 1024;
/** Where so many were new, most are. */
const NEW_MAX = 4096;

export class RecentIntegers {
  readonly #numbers: Float64Array;
  #newCount: number;

  constructor() {
    this.#numbers = new Float64Array(PLACES).fill(Number.NaN);
    this.#newCount = 0;
  }

  /** The first place, from `start` to before `end`, at which a column has anything but an integer that was met before; or `end`. */
  firstNew(tags: Uint8Array, numbers: Float64Array, start: number, end: number): number {
    const met = this.#numbers;
    let at = start;
    if (this.#newCount < NEW_MAX) while (at < end && tags[at] === TAG_INTEGER && met[(numbers[at] as number) & (PLACES - 1)] === numbers[at]) at++;
    return at;
  }

  /** What is at that place. */
  meet(tag: number, number: number): void {
    if (tag !== TAG_INTEGER) return;
    this.#newCount++;
    this.#numbers[number & (PLACES - 1)] = number;
  }
}
