// Which nodes a walk has seen: a stamp for each node of the graph. A stamp counts only in its own round, so that a new round costs
// nothing; the arrays go from walk to walk, since clearing one for a graph of millions takes longer than most walks.
//
// True of a `Marks` that is taken: nobody else has it. One that is never given back is collected.

import type { MemoryAccount } from './memory.js';

const FIRST_LENGTH = 1024;
const ROUND_MAX = 2 ** 31 - 1;
/** Arrays that wait for the next walk. */
const KEPT_MAX = 4;

const kept: Marks[] = [];

export class Marks {
  /** Of each id, the round in which it was seen: what the middle loops look at themselves. */
  rounds: Int32Array;
  round: number;
  #memory: MemoryAccount | undefined;

  private constructor() {
    this.rounds = new Int32Array(FIRST_LENGTH);
    this.round = 0;
  }

  /** What they hold counts in `memory`. */
  static take(memory: MemoryAccount): Marks {
    const marks = kept.pop() ?? new Marks();
    memory.take(marks.rounds.byteLength);
    marks.#memory = memory;
    marks.clear();
    return marks;
  }

  giveBack(): void {
    this.#memory?.release(this.rounds.byteLength);
    this.#memory = undefined;
    if (kept.length < KEPT_MAX) kept.push(this);
  }

  clear(): void {
    if (this.round === ROUND_MAX) {
      this.rounds.fill(0);
      this.round = 0;
    }
    this.round += 1;
  }

  has(id: number): boolean {
    return this.rounds[id] === this.round;
  }

  add(id: number): void {
    if (id >= this.rounds.length) this.grow(id);
    this.rounds[id] = this.round;
  }

  /** So that `rounds` has a place for the id. */
  grow(id: number): void {
    let length = this.rounds.length;
    while (length <= id) length *= 2;
    this.#memory?.take((length - this.rounds.length) * 4);
    const rounds = new Int32Array(length);
    rounds.set(this.rounds);
    this.rounds = rounds;
  }
}
